package signaling_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// holding returns a stage of alice and bob, and the list of the waits there. What happens meanwhile is the test's business.
func holding(t *testing.T, moment time.Duration) (s *signalingtest.Stage, waits *[]time.Duration, meanwhile *func()) {
	t.Helper()
	s = stage(t, "alice", "bob", "carol")
	s.Service.Hold = signaling.NewHold(moment)
	waits, meanwhile = new([]time.Duration), new(func())
	if s.Service.Hold != nil {
		s.Service.Hold.Wait = func(_ context.Context, d time.Duration) error {
			*waits = append(*waits, d)
			if f := *meanwhile; f != nil {
				f()
			}
			return nil
		}
	}
	return s, waits, meanwhile
}

func ordered(s *signalingtest.Stage, to string, o signaling.Order, data string) signaling.Signal {
	return signaling.Signal{Room: s.Room, To: signaling.PeerName(to), Data: []byte(data), Order: o}
}

func TestWhatFollowsDoesNotOvertake(t *testing.T) {
	s, waits, meanwhile := holding(t, 250*time.Millisecond)
	elsewhere := *s.Service
	elsewhere.Hold = nil // another instance, in which the description is just on its way
	*meanwhile = func() {
		ok(t, s.Through(t.Context(), &elsewhere, "alice", ordered(s, "bob", signaling.Leads, `"offer"`)))
	}
	ok(t, s.Do("alice", ordered(s, "bob", signaling.Follows, `"candidate"`)))
	s.WantTold(`bob: signal from alice "offer"`, `bob: signal from alice "candidate"`)
	if len(*waits) != 1 || (*waits)[0] != 250*time.Millisecond {
		t.Fatalf("waited %v, want once 250 ms", *waits)
	}
}

func TestOneWaitOpensTheWay(t *testing.T) {
	s, waits, _ := holding(t, time.Second)
	for i, step := range []struct {
		from, to string
		order    signaling.Order
		after    time.Duration
		waits    int // all in all
	}{
		{"alice", "bob", signaling.Follows, 0, 1},
		{"alice", "bob", signaling.Follows, 0, 1},
		{"alice", "bob", signaling.Follows, 4 * time.Second, 1},
		{"alice", "bob", signaling.Follows, 4 * time.Second, 1}, // the burst goes on
		{"alice", "carol", signaling.Follows, 0, 2},             // another pair
		{"bob", "alice", signaling.Follows, 0, 3},               // the other direction
		{"alice", "bob", signaling.Unordered, 5 * time.Second, 3},
		{"alice", "bob", signaling.Follows, 0, 4}, // another burst
		{"alice", "bob", signaling.Leads, time.Minute, 4},
		{"alice", "bob", signaling.Follows, time.Second, 4}, // it has gone out here
	} {
		s.Now = s.Now.Add(step.after)
		ok(t, s.Do(step.from, ordered(s, step.to, step.order, "1")))
		if len(*waits) != step.waits {
			t.Fatalf("step %d: %d waits, want %d", i, len(*waits), step.waits)
		}
	}
}

func TestARefusedDescriptionOpensNothing(t *testing.T) {
	s, waits, _ := holding(t, time.Second)
	s.Fail(s.Conn("bob"))
	if err := s.Do("alice", ordered(s, "bob", signaling.Leads, "1")); err == nil {
		t.Fatal("it was delivered")
	}
	_ = s.Do("alice", ordered(s, "bob", signaling.Follows, "2"))
	if len(*waits) != 1 {
		t.Fatalf("%d waits, want 1", len(*waits))
	}
}

func TestHoldingEndsWithTheInvocation(t *testing.T) {
	s := stage(t, "alice", "bob")
	s.Service.Hold = signaling.NewHold(10 * time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Through(ctx, s.Service, "alice", ordered(s, "bob", signaling.Follows, "1"))
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	s.WantTold("alice: error internal")
}

func TestHoldingCanBeOff(t *testing.T) {
	s, waits, _ := holding(t, 0)
	ok(t, s.Do("alice", ordered(s, "bob", signaling.Follows, "1")))
	s.WantTold("bob: signal from alice 1")
	if len(*waits) != 0 {
		t.Fatal("it was held")
	}
}

func TestHoldingWaits(t *testing.T) {
	s := stage(t, "alice", "bob")
	s.Service.Hold = signaling.NewHold(time.Nanosecond)
	ok(t, s.Do("alice", ordered(s, "bob", signaling.Follows, "1")))
	s.WantTold("bob: signal from alice 1")
}

func TestWhatIsRefusedIsNotHeldFirst(t *testing.T) {
	s, waits, _ := holding(t, time.Second)
	wantCode(t, s.Do("alice", ordered(s, "nobody", signaling.Follows, "1")), signaling.CodeNoSuchPeer)
	wantCode(t, s.Do("alice", ordered(s, "alice", signaling.Follows, "1")), signaling.CodeBadRequest)
	forged := ordered(s, "bob", signaling.Follows, "1")
	forged.Address = sealed(s, "carol", "bob", nil)
	wantCode(t, s.Do("alice", forged), signaling.CodeForbidden)
	wantCode(t, s.Do("stranger", ordered(s, "bob", signaling.Follows, "1")), signaling.CodeNotInRoom)
	if len(*waits) != 0 {
		t.Fatalf("%d waits", len(*waits))
	}
}

func TestWhatFollowsTheRosterIsHeldOnce(t *testing.T) {
	s, waits, _ := holding(t, time.Second)
	c := ordered(s, "bob", signaling.Follows, "1")
	c.Address = sealed(s, "alice", "bob", nil)
	s.Cut(s.Conn("bob"))
	s.Connect("again")
	ok(t, s.Do("again", signaling.Join{Room: s.Room, Peer: "bob"}))
	s.Told()
	ok(t, s.Do("alice", c))
	s.WantTold("again: signal from alice 1")
	if len(*waits) != 1 {
		t.Fatalf("held %d times", len(*waits))
	}
}

func TestOneSenderHoldsBackSoMuchInAMinute(t *testing.T) {
	s, waits, _ := holding(t, 250*time.Millisecond)
	s.Service.Seats = signaling.MaxSeats
	flood := func() int {
		*waits = nil
		for i := range 60 {
			name := fmt.Sprint("p", i)
			if _, seated := s.Rights[name]; !seated {
				s.Rights[name] = nil
				s.Join(name)
			}
			ok(t, s.Do("alice", ordered(s, name, signaling.Follows, "1")))
		}
		return len(*waits)
	}
	s.Rights = map[string]*signaling.Rights{}
	s.Now = s.Now.Truncate(time.Minute)
	held := 0
	for range 9 { // each as a burst of its own
		held += flood()
		s.Now = s.Now.Add(6 * time.Second)
	}
	if held != 60 {
		t.Errorf("held %d of 540 back, want 60, which is 15 s", held)
	}
	*waits = nil
	ok(t, s.Do("bob", ordered(s, "alice", signaling.Follows, "1")))
	if len(*waits) != 1 {
		t.Error("another sender pays for it")
	}
	s.Now = s.Now.Add(time.Minute)
	if n := flood(); n != 60 {
		t.Errorf("held %d back in the next minute, want 60", n)
	}
}

func TestAnInstanceHoldsBackSoManyAtATime(t *testing.T) {
	s := stage(t, "alice", "bob")
	s.Service.Hold = signaling.NewHold(time.Second)
	waiting, on := make(chan struct{}), make(chan struct{})
	s.Service.Hold.Wait = func(context.Context, time.Duration) error {
		waiting <- struct{}{}
		<-on
		return nil
	}
	var held sync.WaitGroup
	for i := range 4 {
		name := fmt.Sprint("p", i)
		s.Join(name)
		held.Go(func() { _ = s.Do(name, ordered(s, "bob", signaling.Follows, "1")) })
		<-waiting
	}
	ok(t, s.Do("alice", ordered(s, "bob", signaling.Follows, `"the fifth"`))) // or this waits for ever
	s.WantTold(`bob: signal from alice "the fifth"`)
	close(on)
	held.Wait()
}

// TestWhatIsHeldUntilAMomentAfterItWasSentWaitsForTheRestOfIt has API Gateway's clock differ, too.
func TestWhatIsHeldUntilAMomentAfterItWasSentWaitsForTheRestOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := signaling.NewHold(time.Second)
		for sent, want := range map[time.Duration]time.Duration{
			0: time.Second, -300 * time.Millisecond: 700 * time.Millisecond, -time.Second: 0, -time.Hour: 0, time.Hour: time.Second,
		} {
			since := time.Now()
			ok(t, h.Until(t.Context(), "alice", since.Add(sent), 0))
			if waited := time.Since(since); waited != want {
				t.Errorf("what was sent %v from now waits for %v, want %v", sent, waited, want)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		h := signaling.NewHold(time.Second)
		since := time.Now()
		ok(t, h.Until(t.Context(), "alice", since.Add(-time.Second), 0.25))
		if waited := time.Since(since); waited != 250*time.Millisecond {
			t.Errorf("what is to wait for a quarter more waits for %v", waited)
		}
	})
	ok(t, (*signaling.Hold)(nil).Until(t.Context(), "alice", time.Now(), 0))
}
