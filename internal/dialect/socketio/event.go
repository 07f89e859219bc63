package socketio

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/packet"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// Message implements dialect.Dialect. What is no packet ends the connection, as it does elsewhere.
func (d *Dialect) Message(ctx context.Context, c *dialect.Conn, frame []byte) error {
	_, st, err := recall(ctx, c)
	if errors.Is(err, signaling.ErrGone) && d.Begins(frame) {
		st.Version, err = packet.V4, nil
	}
	if err != nil {
		return err
	}
	f, err := packet.Decode(st.Version, frame)
	if err != nil {
		c.Action = "malformed"
		c.Note(c.Close(ctx))
		return signaling.Errorf(signaling.CodeBadRequest, "the frame is no packet: %v", err)
	}
	switch f.Type {
	case packet.TypeMessage:
		err = d.packet(ctx, c, frame, f.Packet)
		d.pingOwn(ctx, c, st)
		return err
	case packet.TypeBinary:
		return d.piece(ctx, c, frame)
	case packet.TypeClose:
		c.Action = "close"
		return c.Close(ctx)
	case packet.TypePing:
		c.Action = "heartbeat"
		return c.Push(ctx, packet.Pong(nil))
	}
	c.Action = "heartbeat" // what is left means nothing
	return nil
}

// pingOwn pings the sender, if that is due.
func (d *Dialect) pingOwn(ctx context.Context, c *dialect.Conn, st state) {
	if st.Version != packet.V4 {
		return
	}
	if err := d.ping(ctx, c, c.ID, c.Opened); !errors.Is(err, signaling.ErrGone) {
		c.Note(err)
	}
}

// packet carries out a packet of Socket.IO that came in that frame.
func (d *Dialect) packet(ctx context.Context, c *dialect.Conn, frame []byte, p packet.Packet) error {
	switch p.Kind {
	case packet.KindConnect:
		return d.connect(ctx, c, p)
	case packet.KindDisconnect:
		return d.disconnect(ctx, c, p.Namespace)
	case packet.KindBinaryEvent, packet.KindBinaryAck:
		if p.Attachments > 0 {
			return d.piece(ctx, c, frame)
		}
		return d.carryOut(ctx, c, p, nil)
	case packet.KindEvent, packet.KindAck:
		return d.carryOut(ctx, c, p, nil)
	}
	c.Action = "malformed"
	c.Note(c.Close(ctx))
	return signaling.Errorf(signaling.CodeBadRequest, "a client sends no packet of that type")
}

// carryOut hands an event, or an acknowledgement, to the application half.
func (d *Dialect) carryOut(ctx context.Context, c *dialect.Conn, p packet.Packet, attachments []string) error {
	c.Action = "event"
	if p.Kind == packet.KindAck || p.Kind == packet.KindBinaryAck {
		c.Action = "ack"
	}
	s, err := d.connected(ctx, c, p.Namespace)
	if err != nil {
		return err
	}
	if s == nil {
		if _, st, err := recall(ctx, c); err != nil || slices.Contains(st.Left, p.Namespace) {
			return err // the packet by which its client disconnected overtook it
		}
		c.Note(c.Close(ctx)) // as the reference server does
		return signaling.Errorf(signaling.CodeBadRequest, "the socket sends before it has connected")
	}
	if c.Action == "ack" {
		return s.app.Answered(ctx, s, int(p.ID), p.Args())
	}
	name, args, err := p.Event()
	if err != nil {
		return malformed(ctx, c, err)
	}
	s.ackID, s.acks = p.ID, p.ID != packet.NoID
	s.attachments = attachments
	s.describes = order(args) == signaling.Leads
	return told(s.app.Event(ctx, s, server.Event{Name: name, Args: args, Attachments: attachments, Ack: s.acks}))
}

// told returns what an App says of an event in the words of the log.
func told(err error) error {
	if complaint, ok := errors.AsType[server.Complaint](err); ok {
		return errors.Join(signaling.Errorf(signaling.CodeBadRequest, "an event came to nothing"), complaint)
	}
	return err
}

func malformed(ctx context.Context, c *dialect.Conn, err error) error {
	c.Action = "malformed"
	c.Note(c.Close(ctx))
	return signaling.Errorf(signaling.CodeBadRequest, "the packet is malformed: %v", err)
}

// connected returns the connection's socket of a namespace, nil if there is none.
func (d *Dialect) connected(ctx context.Context, c *dialect.Conn, namespace string) (*socket, error) {
	conn, st, err := recall(ctx, c)
	if err == nil && st.Sockets[namespace] == nil {
		if conn, err = c.Reread(ctx); err == nil {
			st, err = decodeState(conn.State)
		}
	}
	if err != nil || st.Sockets[namespace] == nil {
		return nil, err
	}
	if err := d.Sealer.Ready(ctx); err != nil {
		return nil, err
	}
	return d.socket(c, namespace, st)
}

// socket returns a socket that is remembered so.
func (d *Dialect) socket(c *dialect.Conn, namespace string, st state) (*socket, error) {
	app, err := d.Apps(namespace, st.Recipe)
	if err != nil {
		return nil, err
	}
	return &socket{
		Dialect: d, c: c, log: c, app: app, namespace: namespace, version: st.Version, query: st.Query, self: *st.Sockets[namespace],
	}, nil
}

// order returns how arguments stand to others of the same sender and target: descriptions lead, and
// candidates follow them, as objects or as JSON within a string.
func order(args []rawArg) signaling.Order {
	found := signaling.Unordered
	for _, arg := range args {
		switch {
		case contains(arg, `"sdp":`, `\"sdp\":`, `"v=0\r\n`):
			return signaling.Leads
		case contains(arg, `"candidate":`, `\"candidate\":`, `"candidate:`):
			found = signaling.Follows
		}
	}
	return found
}

func parsedQuery(text string) url.Values {
	values, _ := url.ParseQuery(text) // what we encoded
	return values
}
