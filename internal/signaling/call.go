package signaling

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Member is a peer of the room as the handler of an action sees it.
type Member struct {
	Name PeerName
	User string // that its token named; "" without a token
	Role Role   // "" is as a guest
	Data json.RawMessage
	Lost bool // it has a seat and no socket: it can be told nothing now
}

// Call is one request for a project's own action: what its handler knows, and what it can do. It is not for use by several
// goroutines at once, nor after the handler has returned.
type Call struct {
	Room    RoomID
	Sender  Member
	Members []Member                   // of the room, in join order, the sender among them
	Fields  map[string]json.RawMessage // of the request, as they were sent
	Time    time.Time                  // of the request; the machine's clock is not asked

	turn   *turn
	room   Room
	self   Peer
	action string
	reply  json.RawMessage
	gone   []Peer // found while telling
}

func (t *turn) newCall(c Custom, room Room, self Peer) *Call {
	call := &Call{Room: c.Room, Fields: c.Fields, Time: t.from.Time, turn: t, room: room, self: self, action: c.Action}
	for _, p := range room.Peers {
		m := Member{Name: p.Name, User: p.User, Role: t.role(room, p), Data: p.Data, Lost: !p.Lost.IsZero()}
		call.Members = append(call.Members, m)
		if p.Name == self.Name {
			call.Sender = m
		}
	}
	return call
}

// Read decodes a field of the request. It fails with a CodeBadRequest that names the field and says what is wanted, for people:
// Read("width", &width, "a number from 1 to 50").
func (c *Call) Read(field string, into any, want string) error {
	raw, ok := c.Fields[field]
	if !ok {
		return Errorf(CodeBadRequest, "%s is missing: want %s", field, want)
	}
	if string(raw) == "null" || json.Unmarshal(raw, into) != nil {
		return Errorf(CodeBadRequest, "%s: want %s", field, want)
	}
	return nil
}

// Reply sets what the sender is answered when the handler has returned without an error: the members of a struct or a map. It
// is told to a sender that gave an id. Without Reply the answer is a bare ok.
func (c *Call) Reply(fields any) error {
	raw, err := members(fields)
	c.reply = raw
	return err
}

// Note keeps a failure for the log: the client is answered as if there were none.
func (c *Call) Note(err error) { c.turn.note(err) }

// Tell sends an event to one peer of the room: the members of a struct or a map. It fails with CodeNoSuchPeer when the peer is
// not there or has no socket; nothing waits for it then.
func (c *Call) Tell(ctx context.Context, to PeerName, kind string, fields any) error {
	event, err := c.event(kind, fields)
	if err != nil {
		return err
	}
	peer, ok := c.room.Named(to)
	if !ok { // it may have joined since the room was read
		if c.room, err = c.turn.Store.Room(ctx, c.Room, c.Time, true); err != nil {
			return err
		}
		if peer, ok = c.room.Named(to); !ok {
			return noSuchPeer(c.Room, to)
		}
	}
	if !peer.Lost.IsZero() {
		return lostPeer(to)
	}
	err = c.turn.send(ctx, peer, event)
	switch {
	case errors.Is(err, ErrGone):
		c.gone = append(c.gone, peer)
		if c.turn.Grace == 0 {
			return noSuchPeer(c.Room, to)
		}
		return lostPeer(to)
	case err != nil:
		return unreached(to, err)
	}
	return nil
}

// TellOthers sends an event to everybody else in the room: the members of a struct or a map. Who has lost its socket is not told, and is no
// failure. It fails when others could not be reached; those that could are told.
func (c *Call) TellOthers(ctx context.Context, kind string, fields any) error {
	event, err := c.event(kind, fields)
	if err != nil {
		return err
	}
	gone, err := c.turn.tell(ctx, c.room.Reachable(c.self.Conn), func(Peer) Event { return event })
	c.gone = append(c.gone, gone...)
	return err
}

func (c *Call) event(kind string, fields any) (CustomEvent, error) {
	if err := checkKind(kind); err != nil {
		return CustomEvent{}, fmt.Errorf("an event cannot be called %w", err)
	}
	raw, err := members(fields)
	return CustomEvent{kind, c.Room, c.self.Name, raw}, err
}

// Get reads an item of the room, consistently. The name is the project's, of the characters of names.
func (c *Call) Get(ctx context.Context, name string) (Item, error) {
	if err := CheckName("item", name); err != nil {
		return Item{}, err
	}
	return c.turn.Items.Item(ctx, c.Room, name, c.Time)
}

// Put replaces the values of an item and returns its new revision. It fails with ErrChanged if the item is not at revision rev, as Get
// returned it, unless that is AnyRev, and with ErrFull above MaxItem.
func (c *Call) Put(ctx context.Context, name string, rev int64, values ...any) (int64, error) {
	if err := CheckName("item", name); err != nil {
		return 0, err
	}
	list := make([]json.RawMessage, len(values))
	for i, v := range values {
		var err error
		if list[i], err = encode(v); err != nil {
			return 0, err
		}
	}
	return c.turn.Items.PutItem(ctx, c.Room, name, list, rev, c.Time)
}

// Append adds a value to an item, whoever else adds at the same time, and returns its new revision. It fails with ErrFull when the item
// would hold more than limit bytes. A write costs a unit for each started KB of the whole item.
func (c *Call) Append(ctx context.Context, name string, limit int, value any) (int64, error) {
	if err := CheckName("item", name); err != nil {
		return 0, err
	}
	raw, err := encode(value)
	if err != nil {
		return 0, err
	}
	return c.turn.Items.AppendItem(ctx, c.Room, name, raw, min(limit, MaxItem), c.Time)
}

// Delete takes all values of an item away and returns its new revision.
func (c *Call) Delete(ctx context.Context, name string) (int64, error) {
	return c.Put(ctx, name, AnyRev)
}

// Hosted reports whether the room has a host.
func (c *Call) Hosted() bool {
	return slices.ContainsFunc(c.Members, func(m Member) bool { return m.Role == RoleHost })
}

// encode is json.Marshal that leaves < > & as they are.
func encode(v any) (json.RawMessage, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode a %T: %w", v, err)
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

// members encodes what has to be an object; nil has none.
func members(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	raw, err := encode(v)
	if err == nil && !bytes.HasPrefix(raw, []byte{'{'}) {
		err = fmt.Errorf("a %T has no members: want a struct or a map", v)
	}
	return raw, err
}
