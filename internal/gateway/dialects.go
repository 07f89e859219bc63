package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Dialects are the protocols that clients may speak, in the order in which what a client shows is
// offered to them. The first is the one of whoever nobody else claims. It implements
// signaling.Encoder for those whose clients sit in rooms.
type Dialects []dialect.Dialect

var _ signaling.Encoder = Dialects(nil)

// Named returns the dialect of that name, nil if it is not served.
func (ds Dialects) Named(name string) dialect.Dialect {
	i := slices.IndexFunc(ds, func(d dialect.Dialect) bool { return d.Name() == name })
	if i < 0 {
		return nil
	}
	return ds[i]
}

// Encode implements signaling.Encoder.
func (ds Dialects) Encode(name string, ev signaling.Event) ([]byte, error) {
	encoder, ok := ds.Named(name).(interface {
		Encode(ev signaling.Event) ([]byte, error)
	})
	if !ok {
		return nil, fmt.Errorf("no dialect %q", name)
	}
	return encoder.Encode(ev)
}

// greet returns how a handshake is answered and the name of the dialect, "" while its first frame
// has to show it.
func (ds Dialects) greet(h signaling.Handshake) (dialect.Greeting, string, error) {
	for _, d := range ds {
		if g, mine := d.Greet(h); mine {
			return g, d.Name(), nil
		}
	}
	switch {
	case len(h.Subprotocols()) > 0:
		return dialect.Greeting{}, "", errors.New("no subprotocol of ours offered")
	case h.Query.Has("dialect"):
		return dialect.Greeting{}, "", errors.New("the query names a dialect that is not served")
	case len(ds) == 1:
		return dialect.Greeting{Tokens: h.Tokens}, ds[0].Name(), nil
	}
	return dialect.Greeting{Tokens: h.Tokens}, "", nil
}

// work is a frame and who knows what to do with it.
type work struct {
	speaks   dialect.Dialect
	carryOut func(ctx context.Context, c *dialect.Conn) error
}

// hear finds out in which dialect a frame is, by its form if that shows it, or else by what is
// remembered of its connection. The frame is nil if it is too long to be looked at.
func (ds Dialects) hear(ctx context.Context, c *dialect.Conn, frame []byte) (work, error) {
	for _, d := range ds {
		r, ok := d.(dialect.Recognizer)
		if !ok || frame == nil {
			continue
		}
		if carryOut, mine := r.Recognize(frame); mine {
			return work{d, carryOut}, nil
		}
	}
	d, err := ds.speaker(ctx, c, frame)
	if err != nil {
		return work{}, err
	}
	return work{d, func(ctx context.Context, c *dialect.Conn) error { return d.Message(ctx, c, frame) }}, nil
}

// speaker returns the dialect of a connection. When that cannot be read, the frame has to tell.
func (ds Dialects) speaker(ctx context.Context, c *dialect.Conn, frame []byte) (dialect.Dialect, error) {
	if len(ds) == 1 {
		return ds[0], nil
	}
	begun := ds.beginner(frame)
	conn, err := c.Remembered(ctx)
	if err == nil && conn.Dialect == "" && begun == nil {
		conn, err = c.Reread(ctx) // an earlier frame, and another process, may have shown it meanwhile
	}
	switch {
	case conn.Dialect != "":
		if d := ds.Named(conn.Dialect); d != nil {
			return d, nil
		}
		return nil, fmt.Errorf("the connection opened in dialect %q, which DIALECTS no longer has", conn.Dialect)
	case begun != nil:
		return begun, nil
	case err != nil && !errors.Is(err, signaling.ErrGone):
		return nil, err
	}
	return ds[0], nil
}

// beginner returns the dialect whose clients begin with such a frame, nil if there is none.
func (ds Dialects) beginner(frame []byte) dialect.Dialect {
	i := slices.IndexFunc(ds, func(d dialect.Dialect) bool {
		b, ok := d.(dialect.Beginner)
		return ok && frame != nil && b.Begins(frame)
	})
	if i < 0 {
		return nil
	}
	return ds[i]
}
