package parley

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/parley-rtc/parley/client/go/wire"
)

const (
	refreshRetry = 2 * time.Second
	latePatience = 250 * time.Millisecond // late frames usually fill a gap within this
)

// Room is one's seat in a room: who else is there, and ways to reach them. It is taken again under
// its name when the connection comes back. Its methods may be called from any goroutine.
type Room struct {
	name      string
	transport *Transport
	loop      *loop
	roster    *roster
	absences  *absences
	ice       *lease
	post      *post
	data      *ownData
	events    *queue

	state      State
	self       string
	role       string
	resume     string // takes the seat back, once
	pass       string // for the first join
	seats      int
	locked     bool
	rev        int64 // the last one known, also while away
	err        error // why it has ended, nil if by Leave
	waiting    []Knock
	strangers  []stranger
	residents  map[string]bool         // who was there before us, while that is told
	endRound   context.CancelCauseFunc // ends with the connection on which a join is being tried
	refreshing []func(answered bool)   // who waits for the roster that is being asked for; nil when it is not
	refresh    *timer
	rejoining  bool
	spare      *wire.Conn // has a seat that came too late to be taken: another try is under way
}

func newRoom(t *Transport, name string) *Room {
	r := &Room{name: name, transport: t, loop: &t.loop, roster: newRoster(), events: newQueue(), state: Away}
	r.endRound = func(error) {}
	r.absences = &absences{loop: r.loop, check: r.stillLost, timers: map[string]*timer{}}
	renewed := func(servers []ICEServer) { r.emit(ICEServersChanged{servers}) }
	r.ice = &lease{loop: r.loop, ask: r.askForICE, renewed: renewed}
	hasSeat := func() bool { return r.state == Joined }
	r.data = &ownData{loop: r.loop, joined: hasSeat, send: func(data json.RawMessage, done func(error)) {
		r.request(map[string]any{"action": "update", "data": data, "rev": r.rev}, func(answer wire.Frame, err error) {
			if err == nil && answer.Rev > 0 {
				r.tell(r.roster.apply(answer)) // our own change, of which only the others are told
			}
			done(err)
		})
	}}
	r.post = newPost(postOptions{
		loop: r.loop, room: name, roster: r.roster, joined: hasSeat,
		request: r.request,
		deliver: r.deliver,
		fail:    func(err error) { r.emit(Trouble{err}) },
		rev:     func() int64 { return r.rev },
		full:    r.events.full,
		refresh: func(then func()) { r.ask(func(bool) { then() }) },
		silent: func(peer string) {
			r.request(map[string]any{"action": "report", "peer": peer}, func(wire.Frame, error) {})
		},
	})
	return r
}

// Name is the room's.
func (r *Room) Name() string { return r.name }

// get reads what only the holder of the loop may.
func get[T any](r *Room, read func() T) (value T) {
	r.loop.do(func() { value = read() })
	return value
}

// Self is one's own name.
func (r *Room) Self() string { return get(r, func() string { return r.self }) }

// Role is one's own: "host" or "guest" where there are hosts, else "".
func (r *Room) Role() string { return get(r, func() string { return r.role }) }

// State is where one is with the room.
func (r *Room) State() State { return get(r, func() State { return r.state }) }

// Locked says whether nobody joins without a pass.
func (r *Room) Locked() bool { return get(r, func() bool { return r.locked }) }

// Seats is how many may be in the room; 0 when the server does not say.
func (r *Room) Seats() int { return get(r, func() int { return r.seats }) }

// Peers are the others, in the order in which they joined.
func (r *Room) Peers() []Peer { return get(r, r.roster.list) }

// Peer is somebody by name; ok is false when they are not there.
func (r *Room) Peer(name string) (p Peer, ok bool) {
	r.loop.do(func() { p, ok = r.roster.peers[name] })
	return p, ok
}

// ICEServers are those of the moment, for the next RTCPeerConnection.
func (r *Room) ICEServers() []ICEServer {
	return get(r, func() []ICEServer { return r.ice.servers })
}

// Resume is what takes this seat back in another process, once, within the grace of the service:
// see JoinOptions. It changes with each connection, and is "" where the service keeps no seats.
func (r *Room) Resume() string { return get(r, func() string { return r.resume }) }

// Err is why the room has ended: nil while it has not, and after Leave. ErrKicked and ErrReplaced
// say who has the seat.
func (r *Room) Err() error { return get(r, func() error { return r.err }) }

// Next waits for the next event. After the last one, a StateChanged with Left, it returns Err, or
// ErrNotInRoom where that is nil; before, only why ctx ended.
func (r *Room) Next(ctx context.Context) (Event, error) {
	for {
		var event Event
		var over bool
		var err error
		r.loop.do(func() {
			var drained bool
			if event, drained = r.events.pop(); drained {
				r.post.drained()
			}
			over, err = r.events.closed, r.err
		})
		switch {
		case event != nil:
			return event, nil
		case over && err != nil:
			return nil, err
		case over:
			return nil, hasLeft()
		}
		select {
		case <-r.events.wake:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Events yields the events until the room has ended, which Err explains, or until ctx ends.
func (r *Room) Events(ctx context.Context) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for {
			event, err := r.Next(ctx)
			if err != nil || !yield(event) {
				return
			}
		}
	}
}

func (r *Room) emit(e Event) {
	if !r.events.closed {
		r.events.push(e, false)
	}
}

// request has done told, later, what comes of a frame about this room.
func (r *Room) request(frame map[string]any, done answered) {
	if r.state == Left {
		r.loop.soon(func() { done(wire.Frame{}, hasLeft()) })
		return
	}
	frame["room"] = r.name
	r.transport.request(frame, r.transport.timeout, func(f wire.Frame, err error) {
		r.unseated(err)
		done(f, err)
	})
}

// await is request for callers, who do not hold the loop.
func (r *Room) await(ctx context.Context, frame map[string]any, then func(wire.Frame) error) error {
	if r.State() == Left {
		return hasLeft()
	}
	frame["room"] = r.name
	err := r.transport.await(ctx, frame, then)
	if reasonOf(err) == ErrNotInRoom {
		r.loop.do(func() { r.unseated(err) })
	}
	return err
}

// unseated takes the seat again if it was given up while we were thought to be lost; during a move
// it is only ahead of us.
func (r *Room) unseated(err error) {
	if reasonOf(err) == ErrNotInRoom && r.state == Joined && r.transport.next == nil {
		r.rejoin()
	}
}

// ask asks who is here, and has then told whether there was an answer.
func (r *Room) ask(then func(answered bool)) {
	r.refresh.stop()
	r.refresh = nil
	if r.refreshing != nil {
		r.refreshing = append(r.refreshing, then)
		return
	}
	r.refreshing = []func(bool){then}
	r.request(map[string]any{"action": "roster"}, func(f wire.Frame, err error) {
		answered := err == nil && f.Type == "roster"
		if answered {
			r.replace(f)
			for _, name := range r.roster.order {
				r.post.doubt(name)
			}
		} else if canRetry(err) && reasonOf(err) != ErrSocketClosed {
			r.refreshSoon(refreshRetry)
		}
		told := r.refreshing
		r.refreshing = nil
		for _, then := range told {
			then(answered)
		}
	})
}

func (r *Room) refreshSoon(d time.Duration) {
	if r.state != Joined || r.refresh != nil {
		return
	}
	r.refresh = r.loop.after(d, func() {
		r.refresh = nil
		r.ask(func(bool) {})
	})
}

// replace takes what an answer says of the whole room.
func (r *Room) replace(f wire.Frame) {
	former := r.role
	r.role = roleOf(f.Role)
	if r.locked != f.Locked && (!r.roster.known || f.Rev >= r.roster.rev) {
		r.locked = f.Locked
		r.emit(Locked{Locked: f.Locked})
	}
	r.tell(r.roster.replace(f.Rev, f.Peers))
	if r.role != former {
		r.emit(RoleChanged{r.role})
	}
	if r.roster.gap() {
		r.refreshSoon(latePatience)
	}
	r.seeKnocks(f.Waiting)
}

// stillLost finds out whether an absence is over.
func (r *Room) stillLost(peer string, then func(bool)) {
	r.ask(func(answered bool) {
		if !answered && r.state == Joined {
			r.tell(r.roster.giveUp(peer))
		}
		then(r.roster.peers[peer].Lost)
	})
}

func (r *Room) askForICE(then func([]ICEServer, int64, error)) {
	r.request(map[string]any{"action": "ice"}, func(f wire.Frame, err error) {
		if err == nil && f.Type != "ice" {
			err = fail(ErrBadFrame, "the server answered ice with "+f.Type)
		}
		then(f.ICE, f.Expires, err)
	})
}

// connection says what has become of the transport's socket.
func (r *Room) connection(state transportState) {
	if state == closed {
		r.endRound(closedByUs())
	} else {
		r.endRound(later(ErrSocketClosed, "the connection was lost"))
	}
	switch {
	case state == open && r.rev > 0: // there was a seat
		r.rejoin()
	case state == closed:
		r.stop(closedByUs())
	case state != open:
		r.away()
	}
}

func (r *Room) away() {
	if r.state != Joined {
		return
	}
	r.roster.suspend()
	r.absences.stop()
	r.forgetStrangers()
	r.refresh.stop()
	r.refresh = nil
	r.setState(Away)
}

// stop ends the room; err is nil if that was wanted.
func (r *Room) stop(err error) {
	if r.state == Left {
		return
	}
	delete(r.transport.rooms, r)
	r.endRound(hasLeft())
	if r.spare != nil {
		r.transport.giveUp(r.spare, r.name)
	}
	r.err = err
	r.refresh.stop()
	r.ice.stop()
	r.absences.stop()
	r.forgetStrangers()
	r.setState(Left)
	r.events.close()
	r.post.close(hasLeft())
	r.data.close(hasLeft())
}

func (r *Room) setState(state State) {
	if r.state == state || r.state == Left {
		return
	}
	r.state = state
	r.emit(StateChanged{state})
}

func hasLeft() *Error { return fail(ErrNotInRoom, "you have left the room") }
