package parley

import "github.com/parley-rtc/parley/client/go/wire"

// farewell is a seat, or a place before the door, that nobody of ours wants any more: it is given
// up until the server has an answer to that other than to try again.
type farewell struct {
	transport  *Transport
	room, self string
	resume     string     // takes the seat back from a connection that was lost; "" when it has gone with that
	line       *wire.Conn // has the seat; nil once it was lost
	over       chan struct{}
	forget     func()
	attempt    int
}

// giveUp leaves a room by the connection that has the seat.
func (t *Transport) giveUp(line *wire.Conn, room string) {
	for f := range t.farewells {
		if f.room == room {
			if f.line != line {
				f.line = line
				f.say()
			}
			return
		}
	}
	t.part(&farewell{room: room, line: line})
}

func (t *Transport) part(f *farewell) {
	f.transport, f.over, f.forget = t, make(chan struct{}), func() {}
	t.farewells[f] = true
	if t.state == closed {
		f.end()
		return
	}
	f.say()
}

// comesTo ends what is still said to a room by who has left it: it would be of who comes now.
func (t *Transport) comesTo(room string) {
	for f := range t.farewells {
		if f.room == room {
			f.end()
		}
	}
}

func (f *farewell) say() {
	f.forget()
	t := f.transport
	switch {
	case f.line != nil:
		leave := map[string]any{"action": "leave", "room": f.room}
		f.forget = t.requestBy(f.line, leave, t.timeout, func(_ wire.Frame, err error) { f.answered(err) })
	case t.state == open: // only who has the seat can give it up
		line := t.line
		join := map[string]any{"action": "join", "room": f.room, "peer": f.self, "resume": f.resume}
		f.forget = t.requestBy(line, join, t.timeout, func(answer wire.Frame, err error) {
			if err != nil {
				f.answered(err)
				return
			}
			f.line, f.resume = line, answer.Resume
			f.say()
		})
	}
}

func (f *farewell) answered(err error) {
	if reasonOf(err) == ErrSocketClosed {
		f.line = nil
	}
	if !canRetry(err) || f.line == nil && f.resume == "" {
		f.end()
		return
	}
	f.forget = f.transport.loop.after(joinSlowly.wait(f.attempt), f.say).stop
	f.attempt++
}

func (f *farewell) connection(state transportState) {
	switch {
	case state == closed:
		f.end()
	case state == open && f.line == nil:
		f.say()
	}
}

func (f *farewell) end() {
	if !f.transport.farewells[f] {
		return
	}
	delete(f.transport.farewells, f)
	f.forget()
	close(f.over)
}
