package dialect

import (
	"context"
	"errors"
	"sync"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/signaling"
)

// memory is how many connections a process remembers what it read of.
const memory = 4096

// House is what all dialects live in. It is safe for concurrent use.
type House struct {
	Connections signaling.ConnectionStore
	Pusher      signaling.Pusher
	Directory   *directory.Directory
	Gate        Gate
	Hold        *signaling.Hold // keeps signals in order, optional
	NeedRights  bool            // only connections with rights may do anything, as far as these go
	// Admit decides about a client that opened without a token and shows one now; nil where none can.
	// What it grants is for Conn.Grant. Its errors are those of a signaling.Admission.
	Admit func(ctx context.Context, h signaling.Handshake) (*signaling.Rights, error)

	mu    sync.Mutex
	known *limit.Recent[signaling.ConnID, *signaling.Connection]
}

// A Gate refuses what would cost too much.
type Gate interface {
	// MayList returns an *signaling.Error if a connection may not be listed under one more name now.
	MayList(ctx context.Context, from signaling.Origin) error
}

// remembered returns a connection as this process has read it, or reads it. An eventually consistent
// read may miss one that opened a moment ago.
func (h *House) remembered(ctx context.Context, id signaling.ConnID) (signaling.Connection, error) {
	if c := h.recall(id); c != nil {
		return *c, nil
	}
	c, err := h.Connections.Connection(ctx, id, false)
	if errors.Is(err, signaling.ErrGone) {
		return h.reread(ctx, id)
	}
	if err == nil {
		h.keep(&c)
	}
	return c, err
}

func (h *House) reread(ctx context.Context, id signaling.ConnID) (signaling.Connection, error) {
	c, err := h.Connections.Connection(ctx, id, true)
	if err == nil {
		h.keep(&c)
	}
	return c, err
}

func (h *House) recall(id signaling.ConnID) *signaling.Connection {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil {
		return nil
	}
	return *h.known.At(id)
}

func (h *House) keep(c *signaling.Connection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil {
		h.known = limit.NewRecent[signaling.ConnID, *signaling.Connection](memory)
	}
	*h.known.At(c.ID) = c
}

// amend changes what is remembered of a connection, and reports whether anything is.
func (h *House) amend(id signaling.ConnID, change func(*signaling.Connection)) (known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil {
		return false
	}
	was := h.known.At(id)
	if *was == nil {
		return false
	}
	now := **was
	change(&now)
	*was = &now
	return true
}

func (h *House) forget(id signaling.ConnID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known != nil {
		*h.known.At(id) = nil
	}
}
