package socketiotest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/signaling"
)

// epoch is when the stories begin: the store must go by it, not by the machine's clock.
var epoch = time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)

// SessionsContract runs what all Sessions promise. newStore returns some; they may share tables, so
// each story uses keys of its own.
func SessionsContract(t *testing.T, newStore func(t *testing.T) socketio.Sessions) {
	for name, story := range map[string]func(*drawer){
		"a lost socket is claimed once, with its frames in order": claimedOnce,
		"frames may be there before what is saved":                framesFirst,
		"what comes after a claim is drained until there is none": drained,
		"who is lost again meanwhile is claimed anew":             lostAgain,
		"so many frames, of so many bytes, are kept":              fullDrawer,
		"what has expired is not there":                           expiredSession,
		"sockets are apart":                                       socketsApart,
		"ten claim one socket: one gets it":                       claimRace,
		"ten keep frames while it is claimed: each comes once":    frameRace,
		"ten keep frames of nobody: all are of one session":       beginRace,
		"ten keep frames: only so many are":                       fullRace,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := socketio.SessionKey{Conn: signaling.ConnID("conn-" + rand.Text()), Namespace: "/"}
			story(&drawer{t, newStore(t), key})
		})
	}
}

// drawer is a store, and a lost socket in it. What is kept is so until a minute has passed.
type drawer struct {
	*testing.T
	socketio.Sessions
	key socketio.SessionKey
}

const minute = time.Minute

func (d *drawer) saves(session string, at time.Duration) {
	d.Helper()
	if err := d.Save(d.Context(), d.key, session, epoch.Add(at+minute), epoch.Add(at)); err != nil {
		d.Fatal(err)
	}
}

func (d *drawer) append(create bool, at time.Duration, frames ...string) (time.Time, error) {
	return d.Append(d.Context(), d.key, frames, create, epoch.Add(at+minute), epoch.Add(at))
}

// appends fails unless the frames are kept of a session since then.
func (d *drawer) appends(create bool, at, since time.Duration, frames ...string) {
	d.Helper()
	if got, err := d.append(create, at, frames...); err != nil || !got.Equal(epoch.Add(since)) {
		d.Fatalf("got a session of %v, %v, want one since %s", got, err, since)
	}
}

// refuses fails unless the frames are refused.
func (d *drawer) refuses(create bool, at time.Duration, want error, frames ...string) time.Time {
	d.Helper()
	since, err := d.append(create, at, frames...)
	if !errors.Is(err, want) {
		d.Fatalf("got %v, want %v", err, want)
	}
	return since
}

func (d *drawer) claims(at time.Duration, session string, frames ...string) {
	d.Helper()
	got, kept, err := d.Claim(d.Context(), d.key, epoch.Add(at))
	if err != nil || got != session || !slices.Equal(kept, frames) {
		d.Fatalf("got %q with %.99q, %v, want %q with %.99q", got, kept, err, session, frames)
	}
}

func (d *drawer) claimsNot(at time.Duration) {
	d.Helper()
	got, kept, err := d.Claim(d.Context(), d.key, epoch.Add(at))
	if !errors.Is(err, socketio.ErrNoSession) {
		d.Fatalf("got %q with %.99q, %v, want ErrNoSession", got, kept, err)
	}
}

func (d *drawer) drains(at time.Duration, frames ...string) {
	d.Helper()
	if got, err := d.Drain(d.Context(), d.key, epoch.Add(at)); err != nil || !slices.Equal(got, frames) {
		d.Fatalf("got %.99q, %v, want %.99q", got, err, frames)
	}
}

func (d *drawer) drainsNot(at time.Duration) {
	d.Helper()
	if got, err := d.Drain(d.Context(), d.key, epoch.Add(at)); !errors.Is(err, socketio.ErrNoSession) {
		d.Fatalf("got %.99q, %v, want ErrNoSession", got, err)
	}
}

func claimedOnce(d *drawer) {
	d.claimsNot(0)
	d.drainsNot(0)
	session := `{"a":"\u0000<é>","b":"` + strings.Repeat("x", 4000) + `"}`
	d.saves("other", 0)
	d.saves(session, time.Second)
	d.appends(false, 2*time.Second, 0, `42["a","<é>"]`, "b", "a")
	d.appends(false, 3*time.Second, 0, "b")
	d.appends(true, 4*time.Second, 0)
	d.drainsNot(4 * time.Second)
	d.claims(5*time.Second, session, `42["a","<é>"]`, "b", "a", "b")
	d.claimsNot(5 * time.Second)
}

func framesFirst(d *drawer) {
	d.refuses(false, 0, socketio.ErrNoSession, "a")
	d.appends(true, time.Second, time.Second, "a")
	d.appends(false, 2*time.Second, time.Second, "b")
	d.saves("s", 3*time.Second)
	d.appends(true, 4*time.Second, time.Second, "c")
	d.claims(5*time.Second, "s", "a", "b", "c")

	d.key.Namespace += "empty"
	d.refuses(false, 0, socketio.ErrNoSession)
	d.appends(true, time.Second, time.Second)
	d.claims(2*time.Second, "")
	d.drains(2 * time.Second)
	d.claimsNot(2 * time.Second)
}

func drained(d *drawer) {
	d.saves("s", 0)
	d.appends(false, 0, 0, "a")
	d.claims(time.Second, "s", "a")
	d.appends(false, 2*time.Second, 0, "b")
	d.appends(false, 2*time.Second, 0, "c", "d")
	d.claimsNot(2 * time.Second)
	d.drains(3*time.Second, "b", "c", "d")
	d.appends(true, 3*time.Second, 0, "e")
	d.drains(3*time.Second, "e")
	d.drains(4 * time.Second)
	d.drainsNot(4 * time.Second)
	d.claimsNot(4 * time.Second)
	d.refuses(false, 4*time.Second, socketio.ErrNoSession, "f")
	d.appends(true, 5*time.Second, 5*time.Second, "g")
	d.claims(6*time.Second, "", "g")
}

func lostAgain(d *drawer) {
	d.saves("s", 0)
	d.appends(false, 0, 0, "a")
	d.claims(time.Second, "s", "a")
	d.appends(false, 2*time.Second, 0, "b")
	d.saves("t", 3*time.Second)
	d.drainsNot(3 * time.Second)
	d.appends(false, 4*time.Second, 3*time.Second, "c")
	d.claims(minute, "t", "b", "c")
	d.drains(minute)
	d.saves("u", minute)
	d.appends(false, minute, minute, "d")
	d.claims(minute, "u", "d")
}

func fullDrawer(d *drawer) {
	many := func(n int) []string { return slices.Repeat([]string{"x"}, n) }
	large := func(n int) string { return strings.Repeat("x", n) }
	since := func(want time.Duration, got time.Time) {
		d.Helper()
		if !got.Equal(epoch.Add(want)) {
			d.Fatalf("it is full since %s, want %s", got, want)
		}
	}
	for _, frames := range [][]string{many(socketio.MaxFrames + 1), {large(socketio.MaxKept), "x"}} {
		d.refuses(false, 0, socketio.ErrNoSession, frames...)
		since(time.Second, d.refuses(true, time.Second, socketio.ErrFull, frames...))
		d.refuses(false, time.Second, socketio.ErrNoSession, "x")
	}
	d.saves("s", 2*time.Second)
	since(2*time.Second, d.refuses(false, 3*time.Second, socketio.ErrFull, many(socketio.MaxFrames+1)...))
	d.appends(false, 3*time.Second, 2*time.Second, many(socketio.MaxFrames-1)...)
	since(2*time.Second, d.refuses(true, 3*time.Second, socketio.ErrFull, "x", "x"))
	d.appends(false, 3*time.Second, 2*time.Second, "y")
	since(2*time.Second, d.refuses(false, 3*time.Second, socketio.ErrFull, "x"))
	d.claims(4*time.Second, "s", append(many(socketio.MaxFrames-1), "y")...)
	d.appends(false, 4*time.Second, 2*time.Second, large(socketio.MaxKept-2))
	d.refuses(false, 4*time.Second, socketio.ErrFull, "xyz")
	d.appends(false, 4*time.Second, 2*time.Second, "xy")
	d.drains(5*time.Second, large(socketio.MaxKept-2), "xy")
	d.appends(false, 5*time.Second, 2*time.Second, large(socketio.MaxKept))
	d.drains(5*time.Second, large(socketio.MaxKept))
}

func expiredSession(d *drawer) {
	d.saves("s", 0)
	d.appends(false, 0, 0, "a")
	d.claimsNot(minute)
	d.refuses(false, minute, socketio.ErrNoSession, "b")
	d.refuses(false, minute, socketio.ErrNoSession, strings.Repeat("x", socketio.MaxKept+1))
	d.appends(true, minute, minute, "c")
	d.claims(2*minute-time.Millisecond, "", "c")
	d.drainsNot(2 * minute)
	d.saves("t", 2*minute)
	d.appends(false, 2*minute, 2*minute)
	d.claims(2*minute, "t")
	d.appends(false, 2*minute, 2*minute, "d")
	d.saves("u", 4*minute)
	d.claims(4*minute, "u")
}

func socketsApart(d *drawer) {
	first := d.key
	keys := []socketio.SessionKey{first}
	for _, namespace := range []string{"", "/a", "/a/b", "/é", "/%2F", "/#"} {
		keys = append(keys, socketio.SessionKey{Conn: first.Conn, Namespace: namespace})
	}
	for _, conn := range []signaling.ConnID{"/", "%2F", "/a", "="} {
		keys = append(keys, socketio.SessionKey{Conn: first.Conn + conn, Namespace: "/"})
	}
	for i, key := range keys {
		d.key = key
		d.claimsNot(0)
		d.saves(fmt.Sprint("s", i), 0)
	}
	for i, key := range keys {
		d.key = key
		d.claims(0, fmt.Sprint("s", i))
	}
}

// race runs ten at once, and returns how many of them had no error; any error but refusal fails the
// test.
func race(t *testing.T, refusal error, attempt func(i int) error) int {
	t.Helper()
	var wg sync.WaitGroup
	errs := make([]error, 10)
	for i := range errs {
		wg.Go(func() { errs[i] = attempt(i) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, refusal):
			t.Fatal(err)
		}
	}
	return won
}

func claimRace(d *drawer) {
	d.saves("s", 0)
	d.appends(false, 0, 0, "a")
	won := race(d.T, socketio.ErrNoSession, func(int) error {
		got, frames, err := d.Claim(d.Context(), d.key, epoch)
		if err == nil && (got != "s" || !slices.Equal(frames, []string{"a"})) {
			err = fmt.Errorf("got %q with %q", got, frames)
		}
		return err
	})
	if won != 1 {
		d.Fatalf("%d claimed the socket, want 1", won)
	}
}

// frameRace has nine keep three frames each while the tenth claims the socket and drains it.
func frameRace(d *drawer) {
	d.saves("s", 0)
	var got, kept []string
	var mu sync.Mutex
	race(d.T, nil, func(i int) error {
		if i == 0 {
			_, frames, err := d.Claim(d.Context(), d.key, epoch)
			for err == nil {
				got = append(got, frames...)
				if frames, err = d.Drain(d.Context(), d.key, epoch); len(frames) == 0 {
					return err
				}
			}
			return err
		}
		for n := range 3 {
			frame := fmt.Sprint(i, ".", n)
			_, err := d.append(false, 0, frame)
			if errors.Is(err, socketio.ErrNoSession) {
				return nil // it is on its way without it
			}
			if err != nil {
				return err
			}
			mu.Lock()
			kept = append(kept, frame)
			mu.Unlock()
		}
		return nil
	})
	for i := range 10 {
		mine := func(f string) bool { return !strings.HasPrefix(f, fmt.Sprint(i, ".")) }
		if one := slices.DeleteFunc(slices.Clone(got), mine); !slices.IsSorted(one) {
			d.Errorf("out of order: %q", one)
		}
	}
	slices.Sort(got)
	slices.Sort(kept)
	if !slices.Equal(got, kept) {
		d.Fatalf("kept were %q, taken %q", kept, got)
	}
}

func beginRace(d *drawer) {
	won := race(d.T, nil, func(i int) error {
		at := time.Duration(i) * time.Millisecond
		_, err := d.append(true, at, fmt.Sprint(i))
		return err
	})
	_, frames, err := d.Claim(d.Context(), d.key, epoch.Add(time.Second))
	slices.Sort(frames)
	if won != 10 || err != nil || len(slices.Compact(frames)) != 10 {
		d.Fatalf("%d kept a frame, and there are %q, %v", won, frames, err)
	}
}

func fullRace(d *drawer) {
	d.saves("s", 0)
	won := race(d.T, socketio.ErrFull, func(int) error {
		_, err := d.append(false, 0, strings.Repeat("x", socketio.MaxKept/3))
		return err
	})
	_, frames, err := d.Claim(d.Context(), d.key, epoch)
	if won != 3 || err != nil || len(frames) != 3 {
		d.Fatalf("%d kept a frame, and there are %d, %v: want 3", won, len(frames), err)
	}
}
