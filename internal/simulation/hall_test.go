package simulation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// hall is the application half that sitters meet in. Its events have a room, a name or an id, and a
// number, if they have any of these.
type hall struct{ own bool }

var _ server.App = hall{}

func (hall) Connected(context.Context, server.Socket) error                        { return nil }
func (hall) Answered(context.Context, server.Socket, int, []json.RawMessage) error { return nil }
func (hall) Disconnected(context.Context, server.Socket) error                     { return nil }

// Needs has one of two namespaces look names up.
func (h hall) Needs() server.Needs { return server.Needs{Own: h.own} }

func (hall) Event(ctx context.Context, s server.Socket, e server.Event) error {
	var to string
	if err := json.Unmarshal(e.Args[0], &to); err != nil {
		return err
	}
	said := server.Event{Name: "said", Args: e.Args[1:]}
	switch e.Name {
	case "join":
		if _, err := s.Join(ctx, to, 0); err != nil {
			return err
		}
		return s.Ack(ctx, nil, nil)
	case "leave":
		if _, err := s.Leave(ctx, to); err != nil {
			return err
		}
		return s.Ack(ctx, nil, nil)
	case "name":
		return s.SetName(ctx, to, false)
	case "pair":
		room, err := s.Pair(ctx, to)
		if err != nil || room == "" {
			return err
		}
		return s.Emit(ctx, server.Target{Kind: server.Room, To: room}, server.Event{Name: "paired"})
	case "say":
		return s.Emit(ctx, server.Target{Kind: server.Others, To: to}, said)
	case "mine":
		return s.Emit(ctx, server.Target{Kind: server.Mine}, said)
	case "to":
		return s.Emit(ctx, server.Target{Kind: server.One, To: to}, said)
	}
	return fmt.Errorf("nobody knows %q", e.Name)
}

func (hall) Left(ctx context.Context, s server.Socket, room string) error {
	args, err := json.Marshal([]string{s.ID(), room})
	if err != nil {
		return err
	}
	return s.Emit(ctx, server.Target{Kind: server.Others, To: room}, server.Event{Name: "left", Args: []json.RawMessage{args}})
}

// emptyHall: after the last has gone nobody is listed, and nothing is kept for anybody beyond its time.
func (w *strangers) emptyHall() {
	for _, name := range w.hallNames() {
		list, err := w.store.inner.Entries(context.Background(), name, w.now, true)
		if err != nil || len(list) > 0 {
			w.fail("the last socket has gone, and listed under %s are %+v, %v", name.Key(), list, err)
		}
	}
	later := w.now.Add(time.Minute)
	for _, key := range w.sessions.keys {
		_, err := w.sessions.inner.Append(context.Background(), key, nil, false, later, later)
		if !errors.Is(err, socketio.ErrNoSession) {
			w.fail("something is kept for %s in %s for ever: %v", key.Conn, key.Namespace, err)
		}
	}
}

// hallNames are the rooms, names and queues that anybody was ever in.
func (w *strangers) hallNames() []directory.Name {
	var names []directory.Name
	for name := range w.store.past {
		if name.Space == socketio.Name && strings.ContainsAny(name.Name[:1], "rnq") {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b directory.Name) int { return strings.Compare(a.Name, b.Name) })
	return names
}

// sweepHall lets others come, who say something wherever anybody ever was until they are found who
// never heard that they have gone.
func (w *strangers) sweepHall() {
	w.twice = false
	w.now = w.now.Add(2 * time.Minute)
	for range 4 {
		g := newSitter(w, 4)
		g.wire = w.dial(g)
		w.drain()
		for _, namespace := range []string{"/", "/b"} {
			if g.wire.sits[namespace] == nil {
				g.connect(g.wire, namespace)
				w.drain()
			}
		}
		for _, name := range w.hallNames() {
			namespace, of, _ := strings.Cut(name.Name[1:], "\x00")
			kind := map[byte]string{'r': "say", 'n': "to", 'q': "pair"}[name.Name[0]]
			s := g.wire.sits[namespace]
			if kind == "pair" {
				s.queued = true
				g.emit(s, "pair", of, 0)
				continue
			}
			g.say(s, kind, of)
		}
		w.drain()
		w.now = w.now.Add(30 * time.Second)
		for _, namespace := range []string{"/", "/b"} {
			w.send(g.wire, packetOf("41", namespace, ""))
			g.wire.sits[namespace].goes(w, true)
		}
		w.drain()
		w.cut(g.wire, true)
		w.drain()
	}
}
