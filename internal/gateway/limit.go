package gateway

import (
	"context"

	"github.com/parley-rtc/parley/internal/dialect"
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
