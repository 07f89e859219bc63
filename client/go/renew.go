package parley

import (
	"context"
	"time"

	"github.com/parley-rtc/parley/client/go/wire"
)

const (
	// API Gateway closes every socket after two hours: long before, a second one takes over. Not
	// everybody's at the same time.
	renewAfter  = 105 * time.Minute
	renewSpread = 10 * time.Minute
	renewPause  = 10 * time.Second // at least, after one that failed, or for another hint of the network
	overlap     = 10 * time.Second // how long a socket that was replaced may still answer
	doubt       = 30 * time.Second // how long after a renewal without an answer the server may still carry it out
)

var renewRetry = backoff{30 * time.Second, 5 * time.Minute}

// renewal is what a Transport knows of the change from one socket to the next.
type renewal struct {
	underway     []func(error)   // who waits for the one that is under way; nil when there is none
	next         *wire.Conn      // the line that seats are moving to; nil when there is none
	moved        map[string]bool // rooms whose seats are there already
	replaced     []wire.Frame    // what the server said to the present line while another was to take over
	lineEnded    bool            // so did the present line itself
	doubtUntil   time.Time
	renewAttempt int
	lastRenewal  time.Time
	renewing     *timer
	retired      map[*wire.Conn]*timer // replaced lines, and when they are closed
}

// Renew replaces the socket by a new one without a gap: both are open until all seats have moved,
// and no peer notices. It happens by itself before the two hours of API Gateway are over. When it
// fails, the present socket stays in use.
func (t *Transport) Renew(ctx context.Context) error {
	result := make(chan error, 1)
	t.loop.do(func() { t.renew(func(err error) { result <- err }) })
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t *Transport) renewIn(d time.Duration) {
	t.renewing.stop()
	t.renewing = t.loop.after(d, func() {
		t.renew(func(err error) {
			if err != nil && t.state == open {
				t.renewIn(renewPause + renewRetry.wait(t.renewAttempt))
				t.renewAttempt++
			}
		})
	})
}

// afterRenewal runs f when no renewal is under way.
func (t *Transport) afterRenewal(f func()) {
	if t.underway == nil {
		f()
		return
	}
	t.underway = append(t.underway, func(error) { f() })
}

func (t *Transport) renew(done func(error)) {
	if t.underway != nil {
		t.underway = append(t.underway, done)
		return
	}
	former := t.line
	if t.state != open || former == nil {
		done(t.unreachable())
		return
	}
	if err := t.mayMove(); err != nil {
		done(err)
		return
	}
	t.underway = []func(error){done}
	t.lastRenewal = time.Now()
	t.work.Go(func() {
		line, err := t.dial(t.life)
		t.loop.do(func() {
			switch {
			case err != nil:
				t.renewed(err)
			case t.line != former:
				err := later(ErrSocketClosed, "the connection was lost meanwhile")
				t.shut(line, err)
				t.renewed(err)
			default:
				t.next = line
				t.entry.whenEmpty(func() { t.move(former, line) })
			}
		})
	})
}

// mayMove says why seats cannot move.
func (t *Transport) mayMove() error {
	if t.state == closed {
		return closedByUs()
	}
	for room := range t.rooms {
		if room.state == Joined && room.resume == "" {
			return fail(ErrResumeExpired, "the service keeps no seats")
		}
	}
	return nil
}

func (t *Transport) renewed(err error) {
	told := t.underway
	t.underway = nil
	for _, done := range told {
		done(err)
	}
}

// move takes all seats from one line to the other.
func (t *Transport) move(former, line *wire.Conn) {
	t.moved = map[string]bool{}
	var rooms []*Room
	var failures []error
	if err := t.mayMove(); err != nil { // since what was joined meanwhile
		failures = append(failures, err)
	} else {
		for room := range t.rooms {
			if room.canMove() {
				rooms = append(rooms, room)
			}
		}
	}
	left := len(rooms)
	settle := func() {
		t.next, t.moved = nil, nil
		switch {
		case t.state == closed: // which has shut both
		case len(failures) == 0:
			t.retire(former, line)
		default:
			t.stay(line, failures, len(failures) < len(rooms))
		}
		t.entry.release()
		if len(failures) > 0 {
			t.renewed(failures[0])
		} else {
			t.renewed(nil)
		}
	}
	if left == 0 {
		settle()
		return
	}
	for _, room := range rooms {
		room.move(line, func(err error) {
			if err != nil {
				failures = append(failures, err)
			} else {
				t.moved[room.name] = true
			}
			if left--; left == 0 {
				settle()
			}
		})
	}
}

// retire says that the seats have moved to line. What is under way on the former one may still be
// answered.
func (t *Transport) retire(former, line *wire.Conn) {
	if !t.lineEnded {
		err := later(ErrSocketClosed, "the connection was replaced")
		t.retired[former] = t.loop.after(overlap, func() { t.release(former, err) })
	}
	t.adopt(line)
	for k := range t.knocks {
		k.move(former)
	}
}

func (t *Transport) release(former *wire.Conn, err error) {
	t.retired[former].stop()
	delete(t.retired, former)
	t.shut(former, err)
}

// stay says that the seats have not moved to line, as far as is known; divided, that some have.
func (t *Transport) stay(line *wire.Conn, failures []error, divided bool) {
	t.shut(line, later(ErrSocketClosed, "the connection is not used"))
	unsure := false
	for _, err := range failures {
		unsure = unsure || reasonOf(err) == ErrTimeout || reasonOf(err) == ErrSocketClosed
	}
	replaced := t.replaced
	t.replaced = nil
	if unsure {
		t.doubtUntil = time.Now().Add(doubt)
	}
	if divided || unsure && len(replaced) > 0 {
		t.lost("the connection was replaced") // back to all seats on one line
		return
	}
	for _, f := range replaced {
		t.tell(t.line, f)
	}
	if t.lineEnded {
		t.lost("the connection was lost")
	}
}

// ofOurs says whether a seat was replaced by a line of our own, so that nobody is to hear of it:
// unless that line is the newest.
func (t *Transport) ofOurs(line *wire.Conn, f wire.Frame) bool {
	switch {
	case t.retired[line] != nil:
		return true
	case t.next != nil:
		t.replaced = append(t.replaced, f)
		return true
	case time.Now().Before(t.doubtUntil):
		t.lost("the connection was replaced")
		return true
	}
	return false
}
