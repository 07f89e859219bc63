package rescue_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/parley-rtc/parley/internal/rescue"
)

func TestManyAreDoneAtOnceButNotMoreThanMay(t *testing.T) {
	const most = 3
	odd := errors.New("odd")
	var running atomic.Int32
	full := make(chan struct{}) // closed once that many run: so they do run at once
	errs := rescue.AtOnce(20, most, func(i int) error {
		switch now := running.Add(1); {
		case now > most:
			t.Errorf("%d run at once, want at most %d", now, most)
		case now == most:
			select {
			case <-full:
			default:
				close(full)
			}
		}
		<-full
		defer running.Add(-1)
		switch {
		case i == 7:
			panic("seven") //nolint:forbidigo // what is tested
		case i%2 == 1:
			return odd
		}
		return nil
	})
	for i, err := range errs {
		panicked, isPanic := errors.AsType[*rescue.PanicError](err)
		switch {
		case i == 7 && (!isPanic || panicked.What != "string"):
			t.Errorf("7: got %v, want the panic", err)
		case i%2 == 0 && err != nil, i%2 == 1 && i != 7 && !errors.Is(err, odd):
			t.Errorf("%d: got %v", i, err)
		}
	}
	if errs := rescue.AtOnce(0, most, nil); len(errs) != 0 {
		t.Errorf("got %v for nothing to do", errs)
	}
	one := rescue.AtOnce(1, most, func(int) error { panic(1) }) //nolint:forbidigo // what is tested
	if one[0] == nil {
		t.Error("the panic of a single one is lost")
	}
}
