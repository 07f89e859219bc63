package seal_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/seal"
)

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var errNoKey = errors.New("the database is away")

// keySource is where a Sealer gets its key.
type keySource struct {
	mu    sync.Mutex
	fails int           // of the first requests
	hangs int           // of the first requests, until they are given up
	takes time.Duration // each that does neither
	asked int
}

func (k *keySource) fetch(ctx context.Context) ([]byte, error) {
	k.mu.Lock()
	k.asked++
	n := k.asked
	k.mu.Unlock()
	if n <= k.hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	<-time.After(k.takes) // in a synctest bubble: no time at all
	if n <= k.fails {
		return nil, errNoKey
	}
	return bytes.Repeat([]byte{7}, seal.KeySize), nil
}

func (k *keySource) wantAsked(t *testing.T, n int) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.asked != n {
		t.Fatalf("the key was asked for %d times, want %d", k.asked, n)
	}
}

// soon is when whatever goes on by itself has begun. In a synctest bubble that takes no time.
func soon() {
	<-time.After(10 * time.Millisecond)
	synctest.Wait()
}

func TestTheKeyIsAskedForOnceAndAheadOfWhoNeedsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &keySource{takes: time.Second}
		s := seal.Lazily(k.fetch)
		s.Fetch()
		s.Fetch()
		soon()
		k.wantAsked(t, 1) // before anybody needs it
		var events sync.WaitGroup
		for range 20 {
			events.Go(func() {
				if err := s.Ready(t.Context()); err != nil {
					t.Error(err)
				}
				p := seal.Purpose{Name: "a test", Fields: 1}
				if _, fields, err := s.Open(p, s.Seal(p, time.Unix(7, 0), "r")); err != nil || fields[0] != "r" {
					t.Errorf("got %q, %v", fields, err)
				}
			})
		}
		events.Wait()
		ok(t, s.Ready(t.Context()))
		k.wantAsked(t, 1)
	})
}

func TestWhoNeedsTheKeyFirstAsksForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &keySource{}
		s := seal.Lazily(k.fetch)
		began := time.Now()
		ok(t, s.Ready(t.Context()))
		if took := time.Since(began); took != 0 {
			t.Fatalf("the event waited for %v", took)
		}
		soon()
		k.wantAsked(t, 1)
	})
}

func TestAKeyThatNobodyNeedsIsNotAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &keySource{takes: time.Second}
		s := seal.Lazily(k.fetch)
		soon()
		k.wantAsked(t, 0)
		ok(t, s.Ready(t.Context()))
		k.wantAsked(t, 1)
	})
}

func TestAKeyThatFailedIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &keySource{fails: 4}
		s := seal.Lazily(k.fetch)
		s.Fetch()
		soon() // and the first has failed
		if err := s.Ready(t.Context()); !errors.Is(err, errNoKey) {
			t.Fatalf("got %v", err)
		}
		k.wantAsked(t, 2)
		var events sync.WaitGroup
		for range 20 { // those who wait together fail together
			events.Go(func() {
				if err := s.Ready(t.Context()); err != nil && !errors.Is(err, errNoKey) {
					t.Error(err)
				}
			})
		}
		events.Wait()
		ok(t, s.Ready(t.Context()))
		k.wantAsked(t, 5)
	})
}

func TestAKeyThatDoesNotComeIsWaitedForButNotForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &keySource{hangs: 2}
		s := seal.Lazily(k.fetch)
		began := time.Now()
		if err := s.Ready(t.Context()); err == nil {
			t.Fatal("ready without a key")
		}
		if took := time.Since(began); took > 8*time.Second {
			t.Fatalf("an event waited for %v: it has 10 s, and has to say that it failed", took)
		}
		ok(t, s.Ready(t.Context())) // the two that hang are given up, or the bubble would not end
		k.wantAsked(t, 3)
	})
}

func TestAnEventWaitsNoLongerThanItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &keySource{takes: 2 * time.Second}
		s := seal.Lazily(k.fetch)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Ready(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		ok(t, s.Ready(t.Context())) // the next finds the same request under way
		k.wantAsked(t, 1)
	})
}

// A process is frozen after its start: the clock goes on, and the answer lies there when it wakes
// up.
func TestAKeyMayComeAfterAnHourThatNobodyWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &keySource{takes: time.Hour}
		s := seal.Lazily(k.fetch)
		s.Fetch()
		<-time.After(time.Hour - time.Second)
		ok(t, s.Ready(t.Context()))
		k.wantAsked(t, 1)
	})
}

func TestAKeyThatPanicsIsAKeyThatFailed(t *testing.T) {
	s := seal.Lazily(func(context.Context) ([]byte, error) { panic("a bug") }) //nolint:forbidigo // what is tested
	if err := s.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "panicked with string at key_test.go") {
		t.Fatalf("got %v", err)
	}
}
