package deadline_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/deadline"
)

type key struct{}

// pair is a context of ours and its like of package context, and the contexts made from each.
type pair struct {
	ctx    [2][]context.Context
	cancel [2][]context.CancelFunc
}

type maker func(context.Context, time.Time) (context.Context, context.CancelFunc)

var makers = [2]maker{deadline.With, context.WithDeadline}

func (p *pair) add(both func(i int) (context.Context, context.CancelFunc)) {
	for i := range 2 {
		ctx, cancel := both(i)
		p.ctx[i], p.cancel[i] = append(p.ctx[i], ctx), append(p.cancel[i], cancel)
	}
}

// TestItIsAContextWithADeadline has the same done, at random, to contexts of ours and to those of
// package context, and sees no difference, but in why one has ended that had more than one reason.
func TestItIsAContextWithADeadline(t *testing.T) {
	for seed := range uint64(500) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			p := &pair{}
			p.add(func(int) (context.Context, context.CancelFunc) {
				return context.WithCancel(context.WithValue(context.Background(), key{}, "value"))
			})
			defer func() {
				for i := range 2 {
					p.cancel[i][0]()
				}
			}()
			for range 12 {
				one := random.IntN(len(p.ctx[0]))
				at := time.Now().Add(time.Duration(random.IntN(9)-2) * time.Second)
				switch random.IntN(6) {
				case 0, 1:
					p.add(func(i int) (context.Context, context.CancelFunc) { return makers[i](p.ctx[i][one], at) })
				case 2:
					p.add(func(i int) (context.Context, context.CancelFunc) { return context.WithCancel(p.ctx[i][one]) })
				case 3:
					time.Sleep(time.Duration(random.IntN(3)) * time.Second) //nolint:forbidigo // in a bubble: it takes no time
				case 4:
					for i := range 2 {
						p.cancel[i][one]()
					}
				case 5:
					p.compare(t, seed, one, random.IntN(2) == 0)
				}
				synctest.Wait()
			}
			for one := range p.ctx[0] {
				p.compare(t, seed, one, true)
			}
		})
	}
}

// compare fails if one of the contexts is not as its like. To look whether it is done gives it a timer.
func (p *pair) compare(t *testing.T, seed uint64, one int, done bool) {
	t.Helper()
	ours, like := p.ctx[0][one], p.ctx[1][one]
	if done {
		if got, want := over(ours), over(like); got != want {
			t.Errorf("seed %d: done is %v, want %v", seed, got, want)
		}
	}
	end, _ := ours.Deadline()
	late := !end.IsZero() && !time.Now().Before(end)
	for _, err := range []func(context.Context) error{context.Context.Err, context.Cause} {
		got, want := err(ours), err(like)
		if got != want && (got == nil || want == nil || !late) { //nolint:errorlint // the very error
			t.Errorf("seed %d: got %v, want %v", seed, got, want)
		}
	}
	if ours.Value(key{}) != "value" {
		t.Errorf("seed %d: the value is %v", seed, ours.Value(key{}))
	}
	got, gotAny := ours.Deadline()
	want, wantAny := like.Deadline()
	if !got.Equal(want) || gotAny != wantAny {
		t.Errorf("seed %d: the deadline is %v, %v, want %v, %v", seed, got, gotAny, want, wantAny)
	}
}

func over(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	default:
		return false
	}
}

func TestWhoWaitsIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithCancel(t.Context())
		ctx, end := deadline.With(parent, time.Now().Add(time.Minute))
		defer end()
		woken := make(chan error)
		go func() {
			<-ctx.Done()
			woken <- ctx.Err()
		}()
		synctest.Wait()
		cancel()
		if err := <-woken; err != context.Canceled { //nolint:errorlint // the very error
			t.Errorf("got %v", err)
		}
	})
}

func TestATimeThatWasOverBeforeTheEndIsWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := deadline.With(t.Context(), time.Now().Add(time.Second))
		time.Sleep(time.Second) //nolint:forbidigo // in a bubble: it takes no time
		end()
		if err := ctx.Err(); err != context.DeadlineExceeded {
			t.Errorf("got %v", err)
		}
	})
}

func TestWhyItHasEndedStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := deadline.With(t.Context(), time.Now().Add(time.Second))
		end()
		time.Sleep(2 * time.Second) //nolint:forbidigo // in a bubble: it takes no time
		<-ctx.Done()
		child, cancel := context.WithCancel(ctx)
		defer cancel()
		for _, c := range []context.Context{ctx, child} {
			if err := c.Err(); err != context.Canceled {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestChildrenNeedNoGoroutines(t *testing.T) {
	ctx, end := deadline.With(t.Context(), time.Now().Add(time.Hour))
	defer end()
	before := runtime.NumGoroutine()
	for range 100 {
		_, cancel := context.WithCancel(ctx)
		defer cancel()
	}
	if n := runtime.NumGoroutine() - before; n >= 100 {
		t.Errorf("%d goroutines for 100 children", n)
	}
}

func TestWhoOnlyLooksAtItsDeadlineNeedsLittle(t *testing.T) {
	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	at := time.Now().Add(time.Hour)
	n := testing.AllocsPerRun(100, func() {
		ctx, end := deadline.With(parent, at)
		if _, ok := ctx.Deadline(); !ok || ctx.Err() != nil {
			t.Fatal("it has ended")
		}
		end()
	})
	if n > 2 {
		t.Errorf("%v allocations, want 2", n)
	}
}
