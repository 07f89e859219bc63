package signaling_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// refused fails the test unless err is a limit that was hit, with these words in its message.
func refused(t *testing.T, err error, retry bool, words ...string) {
	t.Helper()
	wantCode(t, err, signaling.CodeRateLimited)
	e := signaling.Describe(err)
	for _, w := range words {
		if !strings.Contains(e.Msg, w) {
			t.Fatalf("got %q, want it to say %q", e.Msg, w)
		}
	}
	if e.Retry != retry {
		t.Fatalf("%q: got retry %t", e.Msg, e.Retry)
	}
}

func TestAConnectionIsInSoManyRooms(t *testing.T) {
	s := stage(t, "bob")
	s.Service.Limits = signaling.Limits{Rooms: 2}
	s.Connect("alice")
	for _, room := range []signaling.RoomID{"one", "two"} {
		ok(t, s.Do("alice", signaling.Join{Room: s.Room + room, Peer: "alice"}))
	}
	s.Take()
	refused(t, s.Do("alice", signaling.Join{Room: s.Room, Peer: "alice"}), false, "2 rooms", "leave one")
	s.WantTold("alice: error rate-limited") // and bob is not told of a peer that has no seat
	s.WantRoom("bob")
	ok(t, s.Do("alice", signaling.Join{Room: s.Room + "two", Peer: "alice"})) // it is there
	ok(t, s.Do("alice", signaling.Leave{Room: s.Room + "one"}))
	ok(t, s.Do("alice", signaling.Join{Room: s.Room, Peer: "alice"}))
	s.WantRoom("alice", "bob")
}

func TestAConnectionJoinsSoOftenAMinute(t *testing.T) {
	for name, flow := range map[string]*limit.Flow{"in many instances": nil, "in one instance": limit.NewFlow()} {
		t.Run(name, func(t *testing.T) {
			s := stage(t, "bob")
			s.Service.Limits, s.Service.Flow = signaling.Limits{Joins: 2}, flow
			s.Connect("alice")
			s.Now = s.Now.Truncate(time.Minute).Add(48 * time.Second)
			for range 2 {
				ok(t, s.Do("alice", join(s, "alice")))
				ok(t, s.Do("alice", signaling.Leave{Room: s.Room}))
			}
			s.Take()
			refused(t, s.Do("alice", join(s, "alice")), true, "2 times a minute", "in 12 s")
			s.WantTold("alice: error rate-limited")
			s.WantRoom("bob")
			s.Connect("carol") // others are not concerned
			ok(t, s.Do("carol", join(s, "carol")))
			s.Now = s.Now.Add(12 * time.Second)
			ok(t, s.Do("alice", join(s, "alice")))
			s.WantRoom("bob", "carol", "alice")
		})
	}
}

func join(s *signalingtest.Stage, name string) signaling.Join {
	return signaling.Join{Room: s.Room, Peer: signaling.PeerName(name)}
}

// An instance that knows that a connection has used up its joins writes nothing for a further one.
func TestAFloodOfJoinsCostsNothing(t *testing.T) {
	s := stage(t, "bob")
	s.Service.Limits, s.Service.Flow = signaling.Limits{Joins: 2}, limit.NewFlow()
	elsewhere := *s.Service
	elsewhere.Flow = limit.NewFlow()
	s.Connect("alice")
	for range 2 {
		ok(t, s.Through(t.Context(), &elsewhere, "alice", join(s, "alice")))
	}
	ok(t, s.Through(t.Context(), &elsewhere, "alice", signaling.Leave{Room: s.Room}))
	refused(t, s.Do("alice", join(s, "alice")), true) // the first time the store says so
	s.Store.BeforeAddPeer = func() { t.Error("the room was written") }
	refused(t, s.Do("alice", join(s, "alice")), true)
	s.WantRoom("bob")
	s.Store.BeforeAddPeer = nil
	s.Now = s.Now.Add(time.Minute)
	ok(t, s.Do("alice", join(s, "alice")))
}

func TestJoinsThatTheRoomRefusesAreBoundedToo(t *testing.T) {
	s := stage(t, "bob")
	s.Service.Limits, s.Service.Flow = signaling.Limits{Joins: 2}, limit.NewFlow()
	s.Connect("alice")
	for range 4 {
		wantCode(t, s.Do("alice", join(s, "bob")), signaling.CodeNameTaken)
	}
	s.Store.BeforeAddPeer = func() { t.Error("the room was written") }
	refused(t, s.Do("alice", join(s, "alice")), true)
	s.Store.BeforeAddPeer = nil
	s.Now = s.Now.Add(time.Minute)
	ok(t, s.Do("alice", join(s, "alice")))
}

func TestAResumeThatIsRefusedLeavesTheSeatToWhoHadIt(t *testing.T) {
	s := graceStage(t, "alice", "bob")
	s.Service.Limits = signaling.Limits{Rooms: 1}
	s.Connect("newer")
	ok(t, s.Do("newer", signaling.Join{Room: s.Room + "other", Peer: "alice"}))
	s.Take()
	refused(t, s.Do("newer", s.Resumes("alice")), false)
	s.WantTold("newer: error rate-limited")
	ok(t, s.Do("bob", signaling.Signal{Room: s.Room, To: "alice", Data: []byte("1")}))
	s.WantTold("alice: signal from bob 1")
	s.Disconnect("alice")
	s.Take()
	ok(t, s.Do("bob", signaling.Signal{Room: s.Room, To: "alice", Data: []byte("2")}))
	s.WantTold()
	refused(t, s.Do("newer", s.Resumes("alice")), false)
	ok(t, s.Do("bob", signaling.Signal{Room: s.Room, To: "alice", Data: []byte("3")}))
	s.WantTold("newer: error rate-limited")
	wantCode(t, s.Do("newer", signaling.Signal{Room: s.Room, To: "bob", Data: []byte("4")}), signaling.CodeNotInRoom)
	s.Take()
	s.Connect("another")
	ok(t, s.Do("another", s.Resumes("alice")))
	s.WantTold("another: joined the-room as alice rev 8 with [bob]", "another: signal from bob 2", "another: signal from bob 3", "bob: peer-back alice rev 8")
}

// flooded returns how many of so many messages of alice, one each interval, pass a service of several instances by turns.
func flooded(t *testing.T, s *signalingtest.Stage, instances []*signaling.Service, messages int, interval time.Duration) int {
	t.Helper()
	passed := 0
	for i := range messages {
		excess, err := instances[i%len(instances)].Charge(t.Context(), s.From("alice"))
		ok(t, err)
		if excess == nil {
			passed++
		} else {
			refused(t, excess.Err, true, "50 messages a second", "500 at once", "ms")
		}
		s.Now = s.Now.Add(interval)
	}
	return passed
}

func instances(s *signalingtest.Stage, n int) []*signaling.Service {
	s.Service.Limits = signaling.Limits{Rate: 50, Burst: 500}
	list := make([]*signaling.Service, n)
	for i := range list {
		one := *s.Service
		one.Flow = limit.NewFlow()
		list[i] = &one
	}
	return list
}

func TestMessagesHaveARate(t *testing.T) {
	s := stage(t)
	s.Connect("alice")
	all := instances(s, 1)
	if n := flooded(t, s, all, 2000, 0); n != 500 {
		t.Fatalf("%d messages passed at once, want 500", n)
	}
	s.Now = s.Now.Add(19 * time.Millisecond)
	if n := flooded(t, s, all, 9, 0); n != 0 {
		t.Fatalf("%d messages passed after 19 ms, want none", n)
	}
	s.Now = s.Now.Add(time.Second - 19*time.Millisecond)
	if n := flooded(t, s, all, 100, 0); n != 50 {
		t.Fatalf("%d messages passed after a second, want 50", n)
	}
	if n := flooded(t, s, all, 10_000, 20*time.Millisecond); n < 9_999 {
		t.Fatalf("%d of 10000 messages passed at 50 a second", n)
	}
}

// A flood runs through many instances; together they let through what one would, and a batch each.
func TestInstancesShareTheRate(t *testing.T) {
	s := stage(t)
	s.Connect("alice")
	const n, seconds = 8, 60
	got := flooded(t, s, instances(s, n), seconds*1000, time.Millisecond)
	if want := 500 + 50*seconds; got < want-100 || got > want+n*100 {
		t.Fatalf("%d messages passed within %d s, want about %d", got, seconds, want)
	}
}

// debits counts the writes that settling takes.
type debits struct {
	signaling.Store
	made int
}

func (d *debits) Debit(ctx context.Context, conn signaling.ConnID, by time.Duration, now time.Time) (time.Time, error) {
	d.made++
	return d.Store.Debit(ctx, conn, by, now)
}

func TestOnlyFloodsAreSettled(t *testing.T) {
	for name, c := range map[string]struct {
		messages int
		interval time.Duration
		want     int
	}{
		"a call":                             {60, 0, 0},
		"a call that restarts each half min": {3000, 600 * time.Millisecond, 0},
		"four messages a second for an hour": {14_400, 250 * time.Millisecond, 0},
		"twenty a second for a minute":       {1200, 50 * time.Millisecond, 11},
		"a flood":                            {10_000, time.Millisecond, 10},
	} {
		t.Run(name, func(t *testing.T) {
			s := stage(t)
			s.Connect("alice")
			count := &debits{Store: s.Store}
			one := instances(s, 1)
			one[0].Store = count
			flooded(t, s, one, c.messages, c.interval)
			if count.made > c.want || c.want > 0 && count.made < c.want/2 {
				t.Fatalf("%d writes for %d messages, want at most %d", count.made, c.messages, c.want)
			}
		})
	}
}

func TestAFloodIsCountedThoughItCannotBeSettled(t *testing.T) {
	s := stage(t)
	s.Connect("alice")
	one := instances(s, 1)[0]
	one.Store = broken{s.Store}
	passed, failed := 0, 0
	for range 1000 {
		excess, err := one.Charge(t.Context(), s.From("alice"))
		if err != nil {
			failed++
		}
		if excess == nil {
			passed++
		}
	}
	if passed != 500 || failed != 5 {
		t.Fatalf("%d passed, and %d could not be settled: want 500 and 5", passed, failed)
	}
}

type broken struct{ signaling.Store }

func (broken) Debit(context.Context, signaling.ConnID, time.Duration, time.Time) (time.Time, error) {
	return time.Time{}, errors.New("throttled")
}

func TestSendersAreApart(t *testing.T) {
	s := stage(t)
	s.Connect("alice", "bob")
	all := instances(s, 2)
	flooded(t, s, all, 3000, 0)
	for i := range 500 {
		if excess, err := all[i%2].Charge(t.Context(), s.From("bob")); err != nil || excess != nil {
			t.Fatalf("message %d of bob: %v, %v", i, excess, err)
		}
	}
}

func TestOneInstanceRemembersSoManySenders(t *testing.T) {
	s := stage(t)
	s.Connect("alice")
	one := instances(s, 1)
	flooded(t, s, one, 1000, 0)
	for i := range 5000 {
		from := s.From("alice")
		from.Conn = signaling.ConnID(fmt.Sprint("other", i))
		if excess, err := one[0].Charge(t.Context(), from); err != nil || excess != nil {
			t.Fatalf("sender %d: %v, %v", i, excess, err)
		}
	}
	if excess, err := one[0].Charge(t.Context(), s.From("alice")); err != nil || excess != nil {
		t.Fatalf("got %v, %v: alice is still remembered after 5000 others", excess, err)
	}
}

func TestTheRateCanBeOff(t *testing.T) {
	s := stage(t)
	s.Connect("alice")
	for _, one := range append(instances(s, 1), s.Service) {
		one.Limits.Rate = 0
		if n := flooded(t, s, []*signaling.Service{one}, 2000, 0); n != 2000 {
			t.Fatalf("%d of 2000 passed", n)
		}
	}
}
