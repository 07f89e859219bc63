package sip

import (
	"bytes"
	"context"
	"slices"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
	"github.com/parley-rtc/parley/internal/sip/digest"
)

// Name is the dialect's, the space of its names in the directory, and the subprotocol (RFC 7118, 4.1).
const Name = "sip"

// Dialect serves SIP. Make one with New.
type Dialect struct {
	// Domain is the host of all addresses of record; "" is whatever host a client names.
	Domain string
	// Users returns who has a password, nil if nobody has: they are asked for it. It may take a while
	// once. A nil Users is nobody, too.
	Users        func(context.Context) (digest.Users, error)
	Sealer       *seal.Sealer // of Vias, nonces and routes
	Transactions Transactions

	waits *dialect.Waits
	order *order
	forks forks
}

var (
	_ dialect.Dialect    = (*Dialect)(nil)
	_ dialect.Recognizer = (*Dialect)(nil)
)

// New returns a dialect whose fields are yet to be set.
func New() *Dialect { return &Dialect{waits: dialect.NewWaits(waitSender), order: newOrder()} }

// Name implements dialect.Dialect.
func (d *Dialect) Name() string { return Name }

// Greet implements dialect.Dialect. Whose token is not taken hears why when it registers: browsers tell
// their page nothing of a handshake that is refused.
func (d *Dialect) Greet(h signaling.Handshake) (dialect.Greeting, bool) {
	offered := slices.Contains(h.Subprotocols(), Name)
	if !offered && !dialect.Selects(h, Name) {
		return dialect.Greeting{}, false
	}
	g := dialect.Greeting{Tokens: h.Tokens, Later: true, Refused: func(e *signaling.Error) string {
		if len(h.Tokens) == 0 {
			return ""
		}
		return state{Refused: e.Msg}.encode()
	}}
	if offered {
		g.Subprotocol = Name
	}
	return g, true
}

// Opened implements dialect.Dialect. The client speaks first.
func (d *Dialect) Opened(context.Context, *dialect.Conn) error { return nil }

// Closed implements dialect.Dialect. The directory knows already.
func (d *Dialect) Closed(context.Context, *dialect.Conn) error { return nil }

// Recognize implements dialect.Recognizer: keep-alives and whatever begins as SIP does.
func (d *Dialect) Recognize(frame []byte) (carryOut func(context.Context, *dialect.Conn) error, mine bool) {
	switch {
	case isKeepAlive(frame):
		return func(ctx context.Context, c *dialect.Conn) error { return keepAlive(ctx, c, frame) }, true
	case isSIP(frame):
		return func(ctx context.Context, c *dialect.Conn) error { return d.Message(ctx, c, frame) }, true
	}
	return nil, false
}

// Message implements dialect.Dialect.
func (d *Dialect) Message(ctx context.Context, c *dialect.Conn, frame []byte) error {
	if isKeepAlive(frame) {
		return keepAlive(ctx, c, frame)
	}
	m, err := sip.Parse(frame)
	if err != nil {
		return d.malformed(ctx, c, m, err)
	}
	if err := d.Sealer.Ready(ctx); err != nil {
		return d.refuse(ctx, c, m, err)
	}
	if !m.IsRequest() {
		return d.response(ctx, c, m)
	}
	c.Action = action(m.Method)
	if m.Method == "REGISTER" {
		err = d.register(ctx, c, m)
	} else {
		err = d.request(ctx, c, m)
	}
	return d.refuse(ctx, c, m, err)
}

// isKeepAlive reports whether a frame is one of RFC 7118, 6, or the answer to one of ours.
func isKeepAlive(frame []byte) bool { return len(frame) > 0 && len(bytes.Trim(frame, "\r\n")) == 0 }

// keepAlive answers a ping, two line ends, with a pong, one (RFC 5626, 3.5.1).
func keepAlive(ctx context.Context, c *dialect.Conn, frame []byte) error {
	c.Action = "keep-alive"
	if len(frame) < len("\r\n\r\n") {
		return nil
	}
	return c.Push(ctx, []byte("\r\n"))
}

// isSIP looks at the first line alone.
func isSIP(frame []byte) bool {
	line, _, found := bytes.Cut(frame, []byte("\r\n"))
	return found && (bytes.HasPrefix(line, []byte(sip.Version+" ")) || bytes.HasSuffix(line, []byte(" "+sip.Version)))
}

// methods are those that the log tells by their names.
var methods = []string{
	"REGISTER", "INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "UPDATE", "INFO", "MESSAGE", "REFER", "SUBSCRIBE", "NOTIFY", "PRACK", "PUBLISH",
}

// action is a method for the log: never a word of a client's own.
func action(method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return "other"
}
