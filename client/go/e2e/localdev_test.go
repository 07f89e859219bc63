package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	parley "github.com/parley-rtc/parley/client/go"
)

func TestCallOutlivesItsSocketsUnseen(t *testing.T) {
	t.Parallel()
	server := startLocaldev(t, nil)
	ada, bob := pair(t, server, "long", parley.Options{})
	sent := 0
	talk := func() {
		for range 5 {
			ada.room.Post("bob", sent)
			bob.room.Post("ada", sent)
			sent++
		}
		equal(t, "ada", ada.hears(sent), numbers(sent))
		equal(t, "bob", bob.hears(sent), numbers(sent))
	}
	pass := func(minutes int) {
		// A little at a time, and something said in between: ten idle minutes would end a socket,
		// too.
		for passed := 0; passed < minutes; passed += 9 {
			server.Advance(time.Duration(min(9, minutes-passed)) * time.Minute)
			talk()
		}
	}
	renew := func(c *caller) {
		if err := c.transport.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	pass(100)
	renew(ada)
	talk()
	renew(bob)
	pass(90) // the sockets they began with would have ended after 120
	renew(ada)
	renew(bob)
	talk()
	pass(90)
	equal(t, "ada saw", ada.saw(), nil)
	equal(t, "bob saw", bob.saw(), nil)
	eventually(t, "one connection is left", func() bool { return len(ada.connections()) == 1 })
	ada.close()
	bob.close()
}

func TestSocketThatEndsOfAge(t *testing.T) {
	t.Parallel()
	server := startLocaldev(t, nil)
	ada, bob := pair(t, server, "old", parley.Options{})
	server.Advance(2 * time.Hour)
	for i := range 10 {
		ada.room.Post("bob", i)
		bob.room.Post("ada", i)
	}
	equal(t, "ada", ada.hears(10), numbers(10))
	equal(t, "bob", bob.hears(10), numbers(10))
	for _, seen := range append(ada.saw(), bob.saw()...) {
		if strings.Contains(seen, "joined") || strings.Contains(seen, "PeerLeft") {
			t.Error("it was more than a moment of absence:", seen)
		}
	}
	ada.close()
	bob.close()
}

// A cable that is cut without a hint is found by what is sent on it, and what was lost comes again.
func TestCutCable(t *testing.T) {
	t.Parallel()
	server := startLocaldev(t, nil)
	ada, bob := pair(t, server, "cable", parley.Options{Timeout: 8 * time.Second})
	signal := func(c *caller, to string, n int) {
		if err := c.room.Signal(t.Context(), to, n); err != nil {
			t.Fatal(err)
		}
	}
	signal(bob, "ada", 0)
	ada.hears(1)
	ada.cut(cable)
	for n := 1; n < 4; n++ { // API Gateway says that it has delivered these
		signal(bob, "ada", n)
	}
	equal(t, "ada", ada.hears(1), numbers(1))
	signal(ada, "bob", 0)
	equal(t, "ada", ada.hears(4), numbers(4))
	equal(t, "bob", bob.hears(1), numbers(1))
	equal(t, "bob saw", bob.saw(), nil) // the seat was only moved
	ada.close()
	bob.close()
}

func TestLargeSignals(t *testing.T) {
	t.Parallel()
	server := startLocaldev(t, map[string]string{"GRACE": "600"})
	line := "a=candidate:1 1 udp 2122194687 192.0.2.2 33864 typ host \"ü🙂\u2028<&>\"\r\n"
	text := func(n int) string {
		raw, _ := json.Marshal(fmt.Sprint(n, strings.Repeat(line, 600*(1+n%2))))
		var plain string
		_ = json.Unmarshal(raw, &plain)
		return plain
	}
	for _, how := range []cut{"none", loud, silent, cable} {
		for _, whose := range []string{"ada", "bob"} {
			if how == cable && whose == "ada" || how == "none" && whose == "bob" {
				continue // the answers would be lost, and everything sent again; and once is enough
			}
			t.Run(fmt.Sprintf("%s over %q", whose, how), func(t *testing.T) {
				room := fmt.Sprintf("large-%s-%d", whose, len(how))
				ada, bob := pair(t, server, room, parley.Options{Timeout: 8 * time.Second})
				var sent []*parley.Sending
				for n := range 6 {
					sent = append(sent, ada.room.Post("bob", text(n)), ada.room.Post("bob", n))
					if n == 2 && how != "none" {
						if err := sent[1].Wait(t.Context()); err != nil { // parts of the second are on their way
							t.Fatal(err)
						}
						victim := map[string]*caller{"ada": ada, "bob": bob}[whose]
						victim.cut(how)
						if how == cable {
							victim.transport.NetworkChanged()
						}
					}
				}
				for _, s := range sent {
					if err := s.Wait(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				heard := bob.hears(12)
				for n := range 6 {
					var got string
					err := json.Unmarshal([]byte(heard[2*n]), &got)
					if err != nil || got != text(n) || heard[2*n+1] != fmt.Sprint(n) {
						t.Fatalf("number %d did not come whole, or in its place", n)
					}
				}
				if len(heard) > 12 {
					t.Errorf("%d came, want 12", len(heard))
				}
				for _, seen := range append(ada.saw(), bob.saw()...) {
					if strings.HasPrefix(seen, "trouble") && seen != overtaxed {
						t.Error(seen)
					}
				}
				ada.close()
				bob.close()
			})
		}
	}
}

func TestHostsLetInAndRemove(t *testing.T) {
	t.Parallel()
	server := startLocaldev(t, map[string]string{"LOBBY": "on", "HOST": "first"})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	host := dial(t, server, "host", parley.Options{})
	room, err := host.Join(ctx, "den", &parley.JoinOptions{Name: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	guest := dial(t, server, "guest", parley.Options{})
	if _, err := guest.Join(ctx, "den", &parley.JoinOptions{Name: "bob"}); !errors.Is(err, parley.ErrRoomLocked) {
		t.Fatalf("got %v", err)
	}
	type result struct {
		room *parley.Room
		err  error
	}
	knocking := make(chan result, 1)
	come := func(name string) {
		opt := parley.JoinOptions{Name: name, Knock: true, Data: map[string]string{"says": "the plumber"}}
		room, err := guest.Join(ctx, "den", &opt)
		knocking <- result{room, err}
	}
	go come("eve")
	k := next[parley.Knocked](t, room).Knock
	if k.Name != "eve" || object(t, k.Data)["says"] != "the plumber" || len(room.Waiting()) != 1 {
		t.Errorf("got %+v, and %v wait", k, room.Waiting())
	}
	if err := room.Deny(ctx, "eve", "not today"); err != nil {
		t.Fatal(err)
	}
	if got := <-knocking; !errors.Is(got.err, parley.ErrDenied) || !strings.Contains(got.err.Error(), "not today") {
		t.Fatalf("got %v", got.err)
	}
	go come("bob")
	next[parley.Knocked](t, room)
	if err := guest.Renew(ctx); err != nil {
		t.Fatal(err)
	}
	next[parley.Knocked](t, room) // by the new connection
	if err := room.Admit(ctx, "bob"); err != nil {
		t.Fatal(err)
	}
	got := <-knocking
	if got.err != nil {
		t.Fatal(got.err)
	}
	if joined := next[parley.PeerJoined](t, room); joined.Peer.Name != "bob" || joined.Before {
		t.Errorf("got %+v", joined)
	}
	there := next[parley.PeerJoined](t, got.room)
	if there.Peer.Name != "ada" || !there.Before || there.Peer.Role != "host" {
		t.Errorf("got %+v", there)
	}
	if err := room.Admit(ctx, "nobody"); !errors.Is(err, parley.ErrNoSuchPeer) {
		t.Errorf("got %v", err)
	}
	if err := got.room.Lock(ctx); !errors.Is(err, parley.ErrForbidden) {
		t.Errorf("got %v", err)
	}
	if err := room.Lock(ctx); err != nil {
		t.Fatal(err)
	}
	if l := next[parley.Locked](t, got.room); !l.Locked || l.By != "ada" {
		t.Errorf("got %+v", l)
	}
	if err := room.Unlock(ctx); err != nil {
		t.Fatal(err)
	}
	stranger := dial(t, server, "stranger", parley.Options{}) // still has to be let in: the lobby stays
	if _, err := stranger.Join(ctx, "den", &parley.JoinOptions{Name: "eve"}); !errors.Is(err, parley.ErrRoomLocked) {
		t.Errorf("got %v", err)
	}
	if err := got.room.Update(ctx, "dry"); err != nil {
		t.Fatal(err)
	}
	if u := next[parley.PeerUpdated](t, room); string(u.Peer.Data) != `"dry"` {
		t.Errorf("got %+v", u)
	}
	if err := got.room.Broadcast(ctx, []int{1, 2}); err != nil {
		t.Fatal(err)
	}
	if b := next[parley.Broadcast](t, room); b.From != "bob" || string(b.Data) != "[1,2]" {
		t.Errorf("got %+v", b)
	}
	if _, err := room.Act(ctx, "no-such-action", nil); !errors.Is(err, parley.ErrUnknownAction) {
		t.Errorf("got %v", err)
	}
	if err := room.Kick(ctx, "bob", "noise"); err != nil {
		t.Fatal(err)
	}
	if k := next[parley.Kicked](t, got.room); k.By != "ada" || k.Reason != "noise" {
		t.Errorf("got %+v", k)
	}
	if s := next[parley.StateChanged](t, got.room); s.State != parley.Left {
		t.Errorf("got %+v", s)
	}
	if _, err := got.room.Next(ctx); !errors.Is(err, parley.ErrKicked) || !errors.Is(got.room.Err(), parley.ErrKicked) {
		t.Errorf("got %v", err)
	}
	if l := next[parley.PeerLeft](t, room); l.Name != "bob" || l.Reason != parley.ReasonKicked {
		t.Errorf("got %+v", l)
	}
}

// next waits for an event of that type; others before it are dropped.
func next[E parley.Event](t *testing.T, room *parley.Room) E {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		event, err := room.Next(ctx)
		if err != nil {
			var none E
			t.Fatalf("no %T: %v", none, err)
		}
		if e, ok := event.(E); ok {
			return e
		}
	}
}

// A process that ends without leaving can have its seat, and what waits for it, in its next life.
func TestSeatIsTakenBackByAnotherProcess(t *testing.T) {
	t.Parallel()
	server := startLocaldev(t, map[string]string{"GRACE": "600"})
	ada, bob := pair(t, server, "again", parley.Options{})
	resume := bob.room.Resume()
	bob.transport.Close()
	if err := bob.room.Err(); !errors.Is(err, parley.ErrClosed) {
		t.Errorf("got %v", err)
	}
	ada.sees("parley.PeerLost")
	if p, ok := ada.room.Peer("bob"); !ok || !p.Lost {
		t.Errorf("got %+v", p)
	}
	for i := range 3 {
		if err := ada.room.Signal(t.Context(), "bob", i); err != nil {
			t.Fatal(err)
		}
	}
	conn := dial(t, server, "again/bob", parley.Options{})
	room, err := conn.Join(t.Context(), "again", &parley.JoinOptions{Resume: resume})
	if err != nil {
		t.Fatal(err)
	}
	if room.Self() != "bob" {
		t.Errorf("got %s", room.Self())
	}
	var heard []string
	for range 3 {
		heard = append(heard, string(next[parley.Signal](t, room).Data))
	}
	equal(t, "bob", heard, numbers(3))
	ada.sees("parley.PeerBack")
	if slices.Contains(ada.saw(), "joined bob") {
		t.Error("bob seemed to be new")
	}
	if _, err := conn.Join(t.Context(), "elsewhere", &parley.JoinOptions{Name: "bob", Resume: "used"}); err != nil {
		t.Error("a string that is good for nothing kept us out:", err)
	}
	ada.close()
}

// Who does not ask for events loses no signal: what finds no place is sent again when there is
// room.
func TestSlowConsumerLosesNoSignal(t *testing.T) {
	t.Parallel()
	server := startLocaldev(t, map[string]string{"MESSAGE_BURST": "10000"})
	slow, err := dial(t, server, "slow", parley.Options{}).Join(t.Context(), "slow", &parley.JoinOptions{Name: "slow"})
	if err != nil {
		t.Fatal(err)
	}
	fast := join(t, server, "slow", "fast", parley.Options{})
	fast.sees("joined slow")
	var sent []*parley.Sending
	var want []string
	for i := range 240 { // of which 4 MB find a place
		text := fmt.Sprintf("%03d%s", i, strings.Repeat(".", 20<<10))
		sent = append(sent, fast.room.Post("slow", text))
		want = append(want, `"`+text+`"`)
	}
	for _, s := range sent[:210] {
		if err := s.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var heard []string
	for range want {
		heard = append(heard, string(next[parley.Signal](t, slow).Data))
	}
	equal(t, "slow", heard, want)
	fast.close()
}
