package gateway

import (
	"context"
	"errors"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/rescue"
	"github.com/parley-rtc/parley/internal/signaling"
)

// tooMuch counts a message and returns why it is not to be carried out: it is one too many, or too
// long. unsettled says that the count could not be settled with the other instances.
func (h *Handler) tooMuch(ctx context.Context, e Event, c *dialect.Conn) (r dialect.Refusal, unsettled error) {
	excess, unsettled := h.Service.Charge(ctx, signaling.Origin{Conn: c.ID, Time: c.Time})
	if excess != nil {
		r = dialect.Refusal{Err: excess.Err, Muted: excess.Muted}
	}
	if err := h.Service.Limits.CheckMessage(len(e.Body)); err != nil && excess == nil {
		r.Err = signaling.Describe(err)
	}
	return r, unsettled
}

// refuse tells a client that its frame is not carried out, if its protocol has words for it.
func refuse(ctx context.Context, d dialect.Dialect, c *dialect.Conn, frame []byte, r dialect.Refusal) error {
	refuser, ok := d.(dialect.Refuser)
	if !ok {
		return nil
	}
	return refuser.Refuse(ctx, c, frame, r)
}

// refuseFailed is refuse after a panic, which may be in what reads the frame.
func refuseFailed(ctx context.Context, d dialect.Dialect, c *dialect.Conn, frame []byte, why *signaling.Error) error {
	err := rescue.Do(func() error { return refuse(ctx, d, c, frame, dialect.Refusal{Err: why}) })
	if _, again := errors.AsType[*rescue.PanicError](err); again {
		return refuse(ctx, d, c, nil, dialect.Refusal{Err: why})
	}
	return err
}
