package parley

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"github.com/parley-rtc/parley/client/go/wire"
)

// JoinOptions say how to take a seat. All may be left out.
type JoinOptions struct {
	// Name is one's own; the server makes one up without it, unless the token says one.
	Name string
	// Data is what the others see about us, at most 4 KB of JSON.
	Data any
	// Pass is from Knock: it lets one in for five minutes, by the connection that the transport had
	// then. It is worth nothing once that was lost or replaced, which Knock below takes care of.
	Pass string
	// Knock waits to be let in where a host has to, instead of failing with ErrRoomLocked.
	Knock bool
	// Resume is the Resume of a room that another process was in. It takes its seat back if that is
	// still kept, and else is as if it were not given.
	Resume string
}

var (
	joinRetry  = backoff{400 * time.Millisecond, 4 * time.Second}
	joinSlowly = backoff{400 * time.Millisecond, 20 * time.Second}
)

const (
	// The former socket of a process that was restarted, or of one that lost its network, holds the
	// name until the server knows that it is dead.
	nameForFirst = 3 * time.Second
	namePatience = 45 * time.Second
	// A socket that took the seat and broke before it had the answer holds it until API Gateway
	// finds it idle: then the string counts again.
	lockedOut = 11 * time.Minute
	forEver   = math.MaxInt64
)

// Join takes a seat in a room, one on a transport. The context is for the joining only; who has
// joined stays until Leave.
func (t *Transport) Join(ctx context.Context, room string, opt *JoinOptions) (*Room, error) {
	var o JoinOptions
	if opt != nil {
		o = *opt
	}
	r, err := t.join(ctx, room, o)
	again := reasonOf(err) == ErrRoomLocked
	for o.Knock && again {
		var line *wire.Conn
		o.Pass, line, err = t.knock(ctx, room, &KnockOptions{Name: o.Name, Data: o.Data})
		letIn := line != nil && reasonOf(err) == ErrBadRequest // nobody has to do that any more
		if err != nil && !letIn {
			return nil, err
		}
		r, err = t.join(ctx, room, o)
		again = reasonOf(err) == ErrSocketClosed
		if reasonOf(err) == ErrForbidden {
			t.loop.do(func() { again = t.line != line }) // which the pass was for
		}
	}
	return r, err
}

func (t *Transport) join(ctx context.Context, name string, o JoinOptions) (*Room, error) {
	r := newRoom(t, name)
	r.resume, r.pass = o.Resume, o.Pass
	if o.Data != nil {
		data, err := encode(o.Data)
		if err != nil {
			return nil, err
		}
		r.data.wanted = data
	}
	round, end := context.WithCancelCause(ctx)
	defer end(nil)
	var twice error
	t.loop.do(func() {
		if twice = t.mayCome(name); twice != nil {
			return
		}
		t.comesTo(name)
		t.rooms[r] = true
		r.endRound = end
		if t.state != open {
			end(t.unreachable())
		}
	})
	if twice != nil {
		return nil, twice
	}
	if err := r.takeSeat(round, o.Name, false); err != nil {
		t.loop.do(func() { r.stop(err) })
		return nil, err
	}
	return r, nil
}

// mayCome says why nobody can come into that room by this transport: a connection has one seat in a
// room, which whoever came second would give up for the first.
func (t *Transport) mayCome(name string) error {
	for room := range t.rooms {
		if room.name == name {
			return fail(ErrBadRequest, "this transport is in that room already")
		}
	}
	return nil
}

// rejoin takes the seat again.
func (r *Room) rejoin() {
	if r.state == Left || r.rejoining && r.state == Joined {
		return
	}
	r.rejoining = true
	round, end := context.WithCancelCause(r.transport.life)
	r.endRound = end
	name := r.self
	r.transport.work.Go(func() {
		defer end(nil)
		err := r.takeSeat(round, name, true)
		r.loop.do(func() {
			if round.Err() == nil || err == nil {
				r.rejoining = false
			}
			// Lost again: the next time that the transport is open starts over.
			if err == nil || round.Err() != nil || reasonOf(err) == ErrSocketClosed {
				return
			}
			r.emit(Trouble{err})
			r.stop(err)
		})
	})
}

// takeSeat joins, again and again while the name or the seat may still be held by one's own dead
// socket. It is not called with the loop held.
func (r *Room) takeSeat(round context.Context, name string, again bool) error {
	began := time.Now()
	var resume, pass string
	var data json.RawMessage
	r.loop.do(func() {
		resume, data = r.resume, r.data.offer(again)
		if !again {
			pass = r.pass
		}
	})
	expired := false // so said the last answer
	for attempt := 0; ; attempt++ {
		frame := map[string]any{"action": "join", "room": r.name}
		add(frame, "peer", name)
		add(frame, "pass", pass)
		if data != nil {
			frame["data"] = data
		}
		with := !expired && resume != ""
		if with {
			frame["resume"] = resume
		}
		err := r.transport.enter(round, frame, func(f wire.Frame) error {
			if round.Err() != nil { // of a connection that is lost by now
				return context.Cause(round)
			}
			return r.seat(f)
		})
		if err == nil {
			return nil
		}
		if round.Err() != nil {
			return context.Cause(round)
		}
		if with && reasonOf(err) == ErrForbidden {
			resume = "" // of another user
		}
		expired = with && reasonOf(err) == ErrResumeExpired
		if expired || with && resume == "" {
			continue // anew, at once
		}
		if time.Since(began) >= joinPatience(err, again, resume != "") {
			return err
		}
		pause := joinRetry
		if time.Since(began) >= namePatience {
			pause = joinSlowly
		}
		select {
		case <-time.After(pause.wait(attempt)):
		case <-round.Done():
			return context.Cause(round)
		}
	}
}

func add(frame map[string]any, field, value string) {
	if value != "" {
		frame[field] = value
	}
}

// joinPatience is for how long it makes sense to try again after that.
func joinPatience(err error, again, resumable bool) time.Duration {
	reason := reasonOf(err)
	switch {
	case reason == ErrSocketClosed, reason == ErrRoomLocked && !again: // a lock is no matter of seconds
		return 0
	case again && (reason == ErrTimeout || reason == ErrInternal || reason == ErrRateLimited):
		return forEver // a server in trouble is waited for when one had a seat, as one that cannot be reached is
	case reason == ErrNameTaken && again && resumable:
		return lockedOut
	case !again && (reason == ErrNameTaken || canRetry(err)):
		return nameForFirst
	case again && (reason == ErrNameTaken || reason == ErrRoomFull || canRetry(err)):
		return namePatience
	}
	return 0
}

// seat takes what a join was answered.
func (r *Room) seat(f wire.Frame) error {
	if f.Type != "joined" {
		return fail(ErrBadFrame, "the server answered join with "+f.Type)
	}
	if r.state == Left {
		if r.err != nil {
			return r.err
		}
		return hasLeft()
	}
	r.spare = nil
	r.self, r.resume, r.seats = f.Peer, f.Resume, f.Seats
	r.ice.set(f.ICE, 0)
	lastRev := r.rev
	r.rev = f.Rev
	if lastRev == 0 {
		r.state, r.role, r.locked = Joined, roleOf(f.Role), f.Locked // which Join itself tells
		r.residents = map[string]bool{}
		for _, p := range f.Peers {
			r.residents[p.Peer] = true
		}
	}
	r.setState(Joined)
	r.replace(f)
	r.residents = nil
	r.post.joined(f.Rev, lastRev)
	r.data.seated()
	return nil
}

// canMove says whether there is a seat to take along to another connection. Where there is none
// yet, the next try to get it goes by that connection.
func (r *Room) canMove() bool { return r.state == Joined && r.resume != "" }

// move takes the seat along to another connection, while the present one is still open.
func (r *Room) move(line *wire.Conn, done func(error)) {
	frame := map[string]any{"action": "join", "room": r.name, "peer": r.self}
	add(frame, "resume", r.resume)
	r.transport.ask(line, frame, r.transport.timeout, func(f wire.Frame, err error) {
		if err == nil && r.state != Left {
			err = r.seat(f)
		}
		done(err)
	})
}
