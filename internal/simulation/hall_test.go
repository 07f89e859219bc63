package simulation_test

import (
	"context"
	"encoding/json"
	"fmt"

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
