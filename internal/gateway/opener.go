package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// openedRoute is the route of the event by which functions/connect has functions/message greet a
// client. No client's message takes it: API Gateway has no such route, and only a route that there
// is stands in an event.
const openedRoute = "$opened"

// An Opener hands an event to functions/message, which handles it soon, at least once.
type Opener interface {
	InvokeLater(ctx context.Context, event []byte) error
}

// The waits before a connection is looked for: nothing can be pushed to one before its $connect has
// returned, and that takes a moment.
const (
	firstLook = 20 * time.Millisecond
	lastLook  = 500 * time.Millisecond
	lookFor   = 6 * time.Second
)

var errNoOpener = errors.New("this client waits to be greeted, and MESSAGE_FUNCTION, which would do it, is not set:" +
	" deploy the template of this version")

// callOpener has the client greeted once its socket is open.
func (h *Handler) callOpener(ctx context.Context, e Event) error {
	rc := e.RequestContext
	event, err := json.Marshal(map[string]any{"requestContext": map[string]any{
		"routeKey": openedRoute, "eventType": "OPENED", "connectionId": rc.ConnectionID,
		"requestTimeEpoch": rc.RequestTimeEpoch, "connectedAt": rc.ConnectedAt, "requestId": rc.RequestID,
	}})
	if err == nil {
		err = h.Opener.InvokeLater(ctx, event)
	}
	if err != nil {
		return fmt.Errorf("have the client greeted: %w", err)
	}
	return nil
}

// opened handles the opener's event: it waits for the socket and lets its dialect speak first.
// Nobody waits for its result.
func (h *Handler) opened(ctx context.Context, e Event) (resp Response, err error) {
	ctx, account := h.open(ctx, e, "open", "opened")
	defer account.close(ctx)
	resp.StatusCode = http.StatusOK
	defer account.rescue("open failed", nil)
	c := h.conn(e)
	if err := h.await(ctx, c.ID); err != nil {
		account.missed(err)
		return resp, nil
	}
	conn, err := c.Remembered(ctx)
	if err != nil {
		account.missed(err)
		return resp, nil
	}
	account.dialect = conn.Dialect
	d := h.Dialects.Named(conn.Dialect)
	if d == nil {
		account.fail(slog.LevelError, "open failed", signaling.CodeInternal,
			fmt.Errorf("dialect %q is not served: DIALECTS has to be the same for all functions", conn.Dialect))
		return resp, nil
	}
	c.Action = "open"
	err = d.Opened(ctx, c)
	account.did(c.Outcome, err)
	return resp, nil
}

// await returns when the connection is open, or ErrGone if it does not open in a few seconds.
func (h *Handler) await(ctx context.Context, id signaling.ConnID) error {
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		err := h.House.Pusher.Probe(ctx, id)
		if err == nil {
			return nil
		}
		look := time.NewTimer(pause)
		select {
		case <-look.C:
		case <-ctx.Done():
			look.Stop()
			return err
		}
	}
}

// missed says that there was nobody to greet, which is no fault of ours if the client has gone.
func (a *account) missed(err error) {
	if errors.Is(err, signaling.ErrGone) {
		a.msg = "nobody to open for"
		return
	}
	a.fail(slog.LevelError, "open failed", signaling.CodeInternal, err)
}
