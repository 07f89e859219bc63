package rescue

import "sync"

// AtOnce runs do for 0 to n-1, at most so many at a time, and returns their errors in that order. A
// panic is one of them: nobody else could catch it.
func AtOnce(n, most int, do func(i int) error) []error {
	errs := make([]error, n)
	if n == 1 {
		errs[0] = Do(func() error { return do(0) })
		return errs
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, most)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			errs[i] = Do(func() error { return do(i) })
		})
	}
	wg.Wait()
	return errs
}
