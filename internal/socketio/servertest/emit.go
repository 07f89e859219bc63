package servertest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

func (v *view) Emit(_ context.Context, to server.Target, e server.Event) error {
	if err := check(e); err != nil {
		return err
	}
	defer v.lock()()
	if v.phase == admitting {
		return errNotYet
	}
	reached, err := v.reached(to)
	if err != nil {
		return err
	}
	e.Ack = false
	for _, s := range reached {
		if e.Ask > 0 {
			s.asked = append(s.asked, e.Ask)
		}
		v.w.records = append(v.w.records, Record{To: s.id, Kind: Event, Event: clone(e)})
	}
	return nil
}

// reached returns who is connected and named by the target, each once.
func (v *view) reached(to server.Target) ([]*socket, error) {
	var named []*socket
	self := true // is one of them
	switch to.Kind {
	case server.Self:
		named = []*socket{v.s}
	case server.Room:
		named = v.in.members(to.To)
	case server.Others:
		named, self = v.in.members(to.To), false
	case server.Mine:
		for _, room := range v.in.roomsOf(v.s) {
			named = append(named, v.in.rooms[room]...)
		}
		self = false
	case server.All:
		named = v.everyone()
	case server.Rest:
		named, self = v.everyone(), false
	case server.One:
		named = v.in.members(to.To)
		if s := v.in.byName(to.To); s != nil && v.in.byID(to.To) == nil {
			named = []*socket{s}
		}
	case server.Some:
		for _, id := range to.IDs {
			if s := v.in.byID(id); s != nil {
				named = append(named, s)
			}
		}
	default:
		return nil, fmt.Errorf("there is no target of kind %d", to.Kind)
	}
	var reached []*socket
	for _, s := range named {
		if !s.over && (self || s != v.s) && !slices.Contains(reached, s) {
			reached = append(reached, s)
		}
	}
	return reached, nil
}

func (v *view) Ack(_ context.Context, args []json.RawMessage, attachments []string) error {
	answer := server.Event{Args: args, Attachments: attachments}
	if err := check(answer); err != nil {
		return err
	}
	defer v.lock()()
	if v.event == nil || !v.event.Ack || v.acked || v.s.over {
		return nil
	}
	v.acked = true
	answer.Name = v.event.Name
	v.w.records = append(v.w.records, Record{To: v.s.id, Kind: Acknowledged, Event: clone(answer)})
	return nil
}

// clone keeps an event from what its maker does with it later.
func clone(e server.Event) server.Event {
	e.Args = slices.Clone(e.Args)
	e.Attachments = slices.Clone(e.Attachments)
	return e
}
