package auto

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

var (
	roomKeys = []string{
		"room", "roomId", "roomID", "room_id", "roomName", "roomCode", "channel", "channelId", "callId", "meetingId",
	}
	idKeys = []string{"id", "userId", "peerId", "socketId", "username", "userName", "name", "emailId", "email"}
)

// maxIDs bounds an app's own ids of one socket, in number and bytes together: they share its data
// with how it joined.
const (
	maxIDs     = 4
	maxIDBytes = 120
)

// roomIn returns the room that the arguments of a join name.
func roomIn(args []json.RawMessage) (string, bool) {
	if len(args) == 0 {
		return "", false
	}
	if room := text(args[0]); room != "" {
		return room, true
	}
	for _, arg := range args {
		o, ok := parse(arg)
		if !ok {
			if room := text(arg); room != "" {
				return room, true
			}
			continue
		}
		for _, key := range roomKeys {
			if room := o.text(key); room != "" {
				return room, true
			}
		}
	}
	return "", false
}

// join joins a room. Who was in it already is told again who is there, and the others are not told.
func (t *turn) join(ctx context.Context, e server.Event, room string, already bool) error {
	t.sit(e)
	if err := t.keep(ctx); err != nil {
		return err
	}
	members, err := t.Join(ctx, room, 0)
	if err != nil {
		return err
	}
	others := []string{}
	for _, m := range members {
		if m.ID != t.ID() {
			others = append(others, m.ID)
		}
	}
	if err := t.tellJoiner(ctx, e, room, others); err != nil || already || len(others) == 0 {
		return err
	}
	args := t.announcement()
	names := t.seat.Style.joined()
	if t.seat.Pair {
		names = pairJoined(names)
	}
	for _, name := range names {
		if err := t.send(ctx, server.Target{Kind: server.Others, To: room}, name, args...); err != nil {
			return err
		}
	}
	return nil
}

// tellJoiner says to who joins that it has, and who is there: before anybody can call it.
func (t *turn) tellJoiner(ctx context.Context, e server.Event, room string, others []string) error {
	if err := t.Ack(ctx, []json.RawMessage{encode(others)}, nil); err != nil {
		return err
	}
	self := server.Target{Kind: server.Self}
	what := "joined"
	if len(others) == 0 {
		what = "created"
	}
	if err := t.send(ctx, self, what, encode(room), encode(t.ID())); err != nil {
		return err
	}
	names := t.seat.Style.listed()
	if t.seat.Pair {
		names = names[:1]
	}
	for _, name := range names {
		if err := t.send(ctx, self, name, encode(others)); err != nil {
			return err
		}
	}
	switch {
	case t.seat.Pair:
		return t.send(ctx, self, pairTold(len(others)))
	case t.seat.Style == colon:
		return t.Emit(ctx, self, server.Event{Name: e.Name, Args: e.Args, Attachments: e.Attachments})
	}
	return nil
}

// sit takes from the arguments of a join what others are told of who joins, and its ids.
func (t *turn) sit(e server.Event) {
	t.seat = &seat{Style: styleOf(e.Name), Pair: isPair(e)}
	if text(e.Args[0]) != "" {
		args := slices.Clone(e.Args[1:])
		if len(args) > 0 {
			args[0] = t.introduce(args[0])
		}
		t.seat.Args = t.honestAll(args)
		return
	}
	for _, arg := range e.Args {
		if o, ok := parse(arg); ok {
			for i, m := range o {
				if slices.Contains(idKeys, m.key) {
					o[i].value = t.introduce(m.value)
				}
			}
			t.seat.Own = t.honest(o.encode())
			return
		}
	}
}

// introduce takes what a client calls itself for one of its ids, but not the id of another socket.
func (t *turn) introduce(name json.RawMessage) json.RawMessage {
	id := text(name)
	if t.isOther(id) {
		return encode(t.ID())
	}
	t.know(id)
	return name
}

// know adds one of the app's own ids.
func (t *turn) know(id string) {
	if id == "" || len(id) > maxIDBytes || id == t.ID() {
		return
	}
	t.ids = slices.DeleteFunc(t.ids, func(known string) bool { return known == id })
	t.ids = slices.Insert(t.ids, 0, id)
	bytes := 0
	for i, known := range t.ids {
		if bytes += len(known); i == maxIDs || bytes > maxIDBytes {
			t.ids = t.ids[:i]
			return
		}
	}
}

// keep keeps the ids and the seat with the socket. Of a seat that is too large there stays what tells
// who left.
func (t *turn) keep(ctx context.Context) error {
	seat := *t.seat
	for _, smaller := range []func(){
		func() {},
		func() { seat.Args, seat.Own = seat.Args[:min(len(seat.Args), 1)], only(seat.Own, idKeys) },
		func() { seat.Args, seat.Own = nil, only(seat.Own, nil) },
		func() { t.ids = nil }, // of characters that JSON makes long
	} {
		smaller()
		data := map[string]json.RawMessage{idsKey: encode(t.ids), seatKey: encode(seat)}
		if len(encode(data)) <= server.MaxData {
			return t.SetData(ctx, data)
		}
	}
	return errors.New("what is to be kept of a join is too large")
}

// only leaves of an object, where there is one, the members with these keys.
func only(raw json.RawMessage, keys []string) json.RawMessage {
	o, ok := parse(raw)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(o, func(m member) bool { return !slices.Contains(keys, m.key) }).encode()
}

// announcement is what others are told of who joined, or leaves: in the shape in which it joined.
func (t *turn) announcement() []json.RawMessage {
	id := encode(t.ID())
	if t.seat == nil || t.seat.Own == nil {
		if t.seat == nil || len(t.seat.Args) == 0 {
			return []json.RawMessage{id}
		}
		if text(t.seat.Args[0]) == "" { // no id of the app's: an object, say
			return append([]json.RawMessage{id}, t.seat.Args...)
		}
		return t.seat.Args
	}
	o := object{{"id", id}, {"socketId", id}}
	joined, _ := parse(t.seat.Own)
	for _, m := range joined {
		o = o.set(m.key, m.value)
	}
	return []json.RawMessage{o.encode()}
}
