package signaling_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

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
	return bytes.Repeat([]byte{7}, signaling.KeySize), nil
}

func (k *keySource) wantAsked(t *testing.T, n int) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.asked != n {
		t.Fatalf("the key was asked for %d times, want %d", k.asked, n)
	}
}

// soon is when a process has asked for the key by itself. In a synctest bubble that takes no time.
func soon() {
	<-time.After(10 * time.Millisecond)
	synctest.Wait()
}

func TestTheKeyIsAskedForSoonAndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &keySource{takes: time.Second}
		s := signaling.SealerWith(k.fetch)
		soon()
		k.wantAsked(t, 1) // before anybody needs it
		var events sync.WaitGroup
		for range 20 {
			events.Go(func() {
				if err := s.Ready(t.Context()); err != nil {
					t.Error(err)
				}
				a := signaling.Address{Room: "r", Expires: time.Unix(7, 0).UTC()}
				if got, err := s.Open(s.Seal(a)); err != nil || got.Room != "r" {
					t.Errorf("got %+v, %v", got, err)
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
		s := signaling.SealerWith(k.fetch)
		began := time.Now()
		ok(t, s.Ready(t.Context()))
		if took := time.Since(began); took != 0 {
			t.Fatalf("the event waited for %v", took)
		}
		soon()
		k.wantAsked(t, 1)
	})
}

func TestAKeyThatFailedIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &keySource{fails: 4}
		s := signaling.SealerWith(k.fetch)
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
		s := signaling.SealerWith(k.fetch)
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
		s := signaling.SealerWith(k.fetch)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Ready(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		ok(t, s.Ready(t.Context())) // the next finds the same request under way
		k.wantAsked(t, 1)
	})
}

// A process is frozen after its start: the clock goes on, and the answer lies there when it wakes up.
func TestAKeyMayComeAfterAnHourThatNobodyWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &keySource{takes: time.Hour}
		s := signaling.SealerWith(k.fetch)
		<-time.After(time.Hour - time.Second)
		ok(t, s.Ready(t.Context()))
		k.wantAsked(t, 1)
	})
}

func TestWithoutAKeyNothingIsHalfDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stage(t, "alice", "bob")
		s.Service.Grace = 30 * time.Second
		s.Connect("carol")
		k := &keySource{fails: 6}
		given := s.Service.Sealer.Seal(signaling.Address{Room: s.Room, FromConn: s.Conn("bob"), FromName: "bob", ToConn: s.Conn("alice"), ToName: "alice", Expires: s.Now.Add(time.Hour)})
		s.Service.Sealer = signaling.SealerWith(k.fetch)
		soon()
		join := signaling.Join{Request: signaling.Request{ID: "1", Action: "join"}, Room: s.Room, Peer: "carol"}
		for _, cmd := range []signaling.Command{
			join, signaling.ListRoster{Room: s.Room}, signaling.Signal{Room: s.Room, To: "alice", Address: given, Data: []byte("1")},
		} {
			if err := s.Do("carol", cmd); !errors.Is(err, errNoKey) || !signaling.Describe(err).Retry {
				t.Fatalf("%T: got %v, want an internal error that may be tried again", cmd, err)
			}
			if told := s.Told(); len(told) != 1 {
				t.Fatalf("%T: told %q", cmd, told)
			}
		}
		s.WantRoom("alice", "bob")

		// What needs no key is done. Alice's seat is taken for lost: to give it back is to tell bob her address.
		ok(t, s.Do("bob", signaling.Ping{}))
		ok(t, s.Do("bob", signaling.Broadcast{Room: s.Room, Data: []byte("3")}))
		s.WantTold("alice: broadcast from bob 3", "bob: pong")
		_, err := s.Store.MarkLost(t.Context(), s.Room, "alice", s.Conn("alice"), s.Now.Add(time.Minute), s.Now)
		ok(t, err)
		if err := s.Do("alice", signaling.Broadcast{Room: s.Room, Data: []byte("4")}); !errors.Is(err, errNoKey) {
			t.Fatalf("got %v", err)
		}
		if room, err := s.Store.Room(t.Context(), s.Room, s.Now, true); err != nil || room.Peers[0].Lost.IsZero() {
			t.Fatalf("alice has her seat, and nobody knows: %+v, %v", room, err)
		}
		s.Take()

		k.mu.Lock()
		k.fails = 0 // the database is back
		k.mu.Unlock()
		ok(t, s.Do("alice", signaling.Broadcast{Room: s.Room, Data: []byte("5")}))
		s.WantTold("bob: peer-back alice rev 4", "bob: broadcast from alice 5")
		ok(t, s.Do("carol", join))
		s.WantRoom("alice", "bob", "carol")
	})
}

func TestAKeyThatPanicsIsAKeyThatFailed(t *testing.T) {
	s := signaling.SealerWith(func(context.Context) ([]byte, error) { panic("a bug") }) //nolint:forbidigo // what is tested
	if err := s.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "panicked with string at key_test.go") {
		t.Fatalf("got %v", err)
	}
}
