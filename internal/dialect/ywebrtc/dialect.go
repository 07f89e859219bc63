package ywebrtc

import (
	"context"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/jsonscan"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Name of the dialect, and of the space that its topics have in the directory.
const Name = "y-webrtc"

// Dialect serves y-webrtc. The zero Dialect is ready to use.
type Dialect struct{ patience patience }

var (
	_ dialect.Dialect    = (*Dialect)(nil)
	_ dialect.Recognizer = (*Dialect)(nil)
	_ dialect.Beginner   = (*Dialect)(nil)
)

// Name implements dialect.Dialect.
func (d *Dialect) Name() string { return Name }

// Greet implements dialect.Dialect. Clients show what they are by their first frame, and may say so
// in their URL.
func (d *Dialect) Greet(h signaling.Handshake) (dialect.Greeting, bool) {
	return dialect.Greeting{Tokens: h.Tokens}, dialect.Selects(h, Name)
}

// Begins implements dialect.Beginner.
func (d *Dialect) Begins(raw []byte) bool {
	m := object(raw)
	_, other := jsonscan.Fields(m).Get("action")
	return m.kind() != "" && !other
}

// Recognize implements dialect.Recognizer: no other protocol has frames of these members.
func (d *Dialect) Recognize(raw []byte) (carryOut func(context.Context, *dialect.Conn) error, mine bool) {
	m := object(raw)
	if !m.plain() {
		return nil, false
	}
	f, undecoded := m.decode(raw)
	return func(ctx context.Context, c *dialect.Conn) error { return d.do(ctx, c, f, undecoded) }, true
}

// Opened implements dialect.Dialect. The client speaks first.
func (d *Dialect) Opened(context.Context, *dialect.Conn) error { return nil }

// Message implements dialect.Dialect.
func (d *Dialect) Message(ctx context.Context, c *dialect.Conn, raw []byte) error {
	f, undecoded := decode(raw)
	return d.do(ctx, c, f, undecoded)
}

// do carries out what decode has returned.
func (d *Dialect) do(ctx context.Context, c *dialect.Conn, f frame, undecoded *signaling.Error) error {
	c.Action = f.kind
	if undecoded != nil {
		return undecoded
	}
	switch f.kind {
	case typeSubscribe:
		return subscribe(ctx, c, f.topics)
	case typeUnsubscribe:
		return unsubscribe(ctx, c, f.topics)
	case typePublish:
		return d.publish(ctx, c, f)
	default:
		return c.Push(ctx, []byte(`{"type":"pong"}`))
	}
}

// Closed implements dialect.Dialect. The directory knows already.
func (d *Dialect) Closed(context.Context, *dialect.Conn) error { return nil }

// named is what a topic is in the directory.
func named(topic string) directory.Name { return directory.Name{Space: Name, Name: topic} }

// meant is what the log tells a topic by.
func meant(topic string) signaling.RoomID { return signaling.RoomID(named(topic).Key()) }
