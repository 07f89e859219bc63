package gateway

import (
	"context"
	"errors"

	"github.com/parley-rtc/parley/internal/signaling"
)

// decode returns the commands in a message, or a *signaling.RequestError. One that is too long is not looked at.
func (h *Handler) decode(dialect, body string) ([]signaling.Command, error) {
	if err := h.Service.Limits.CheckMessage(len(body)); err != nil {
		return nil, &signaling.RequestError{Err: signaling.Describe(err)}
	}
	return h.Codecs[dialect].Decode([]byte(body))
}

// turnAway refuses a message too many. An answer costs as much as the message did, so only requests that wait for one get
// theirs, and a client that asks for none is told once a second.
func (h *Handler) turnAway(
	ctx context.Context, from signaling.Origin, excess *signaling.Excess, commands []signaling.Command, undecoded error,
) (action string, refused, aside error) {
	refusal := &signaling.RequestError{Err: excess.Err}
	if bad, ok := errors.AsType[*signaling.RequestError](undecoded); ok {
		refusal.Request = bad.Request
	} else if len(commands) > 0 {
		refusal.Request = commands[0].Req()
		action = refusal.Request.Action
	}
	if excess.Muted && refusal.Request.ID == "" {
		return action, refusal, nil
	}
	return action, refusal, h.Service.Refuse(ctx, from, refusal)
}
