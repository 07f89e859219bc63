package gateway

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Handler answers the three kinds of events, and the one by which a socket is opened.
type Handler struct {
	Service   *signaling.Service
	Admission signaling.Admission
	Dialects  Dialects
	House     *dialect.House
	Opener    Opener // needed by Connect where a dialect's clients wait to be greeted
	Log       *slog.Logger
	Meter     Meter
}

// Connect handles $connect. Its status is what the client's handshake gets: 200 opens the socket, 400 refuses a client
// that offers only subprotocols we do not speak, 401 one without a valid token, 403 one from a page that may not connect,
// and 500 says that we failed.
func (h *Handler) Connect(ctx context.Context, e Event) (resp Response, err error) {
	ctx, account := h.open(ctx, e, "connect", "connected")
	defer account.close(ctx)
	resp.StatusCode = http.StatusInternalServerError // if it panics
	defer account.rescue("connect failed", nil)
	shown := handshake(e)
	greeting, name, err := h.Dialects.greet(shown)
	if err != nil {
		account.fail(slog.LevelInfo, "connect refused", signaling.CodeBadRequest, err)
		return Response{StatusCode: http.StatusBadRequest}, nil
	}
	account.dialect = name
	shown.Tokens = greeting.Tokens
	rights, err := h.Admission.Admit(ctx, shown)
	if refusal, ok := errors.AsType[*signaling.Error](err); ok {
		later := greeting.Later && len(greeting.Tokens) == 0 && refusal.Code == signaling.CodeUnauthorized
		if !later {
			account.fail(slog.LevelInfo, "connect refused", refusal.Code, errors.New(refusal.Msg))
		}
		if greeting.Refused == nil || refusal.Code != signaling.CodeUnauthorized { // other pages do not even get a socket
			return Response{StatusCode: refusalStatus(refusal.Code)}, nil
		}
		greeting.State, rights, err = greeting.Refused(refusal), nil, nil
	}
	if err == nil && greeting.Opener && h.Opener == nil {
		err = errNoOpener // before anything is remembered
	}
	if err == nil {
		err = h.Service.Connect(ctx, signaling.Origin{Conn: h.conn(e).ID, Dialect: name, Time: shown.Time}, rights, greeting.State)
	}
	if err == nil && greeting.Opener {
		err = h.callOpener(ctx, e)
	}
	if err != nil {
		account.fail(slog.LevelError, "connect failed", signaling.CodeInternal, err)
		return Response{StatusCode: http.StatusInternalServerError}, nil
	}
	return Response{StatusCode: http.StatusOK, Subprotocol: greeting.Subprotocol}, nil
}

// Disconnect handles $disconnect. Nobody waits for its result.
func (h *Handler) Disconnect(ctx context.Context, e Event) (resp Response, err error) {
	ctx, account := h.open(ctx, e, "disconnect", "disconnected")
	defer account.close(ctx)
	resp.StatusCode = http.StatusInternalServerError // if it panics
	defer account.rescue("disconnect failed", nil)
	account.extra = []slog.Attr{slog.Int64("code", e.RequestContext.DisconnectStatusCode)}
	c := h.conn(e)
	was, err := h.Service.Disconnect(ctx, signaling.Origin{Conn: c.ID, Time: c.Time})
	account.dialect = was.Dialect
	d := h.Dialects.Named(was.Dialect)
	if _, unlists := d.(dialect.Unlister); !unlists {
		err = errors.Join(err, h.House.Directory.Forget(ctx, was, c.Time))
	}
	if d != nil {
		c.Keep(was)
		defer c.Forget()
		c.Code, c.Reason = e.RequestContext.DisconnectStatusCode, e.RequestContext.DisconnectReason
		err = errors.Join(err, d.Closed(ctx, c), c.Aside)
	}
	if err != nil {
		account.fail(slog.LevelError, "disconnect failed", signaling.CodeInternal, err)
		return Response{StatusCode: http.StatusInternalServerError}, nil
	}
	return Response{StatusCode: http.StatusOK}, nil
}

// Message handles every message. It never fails: what went wrong is told to the client in its dialect.
func (h *Handler) Message(ctx context.Context, e Event) (resp Response, err error) {
	if e.RequestContext.RouteKey == openedRoute {
		return h.opened(ctx, e)
	}
	ctx, account := h.open(ctx, e, "", "message")
	defer account.close(ctx)
	resp.StatusCode = http.StatusOK
	c := h.conn(e)
	var w work
	defer account.rescue("message failed", func(refusal *signaling.Error) error {
		if w.speaks == nil && len(h.Dialects) > 0 {
			w.speaks = h.Dialects[0]
		}
		return refuseFailed(ctx, w.speaks, c, []byte(e.Body), refusal)
	})
	refusal, unsettled := h.tooMuch(ctx, e, c)
	if unsettled != nil {
		account.fail(slog.LevelWarn, "message", "", unsettled)
	}
	frame := []byte(e.Body)
	if refusal.Err != nil && refusal.Err.Code == signaling.CodeTooLarge {
		frame = nil
	}
	if w, err = h.Dialects.hear(ctx, c, frame); err != nil {
		account.did(c.Outcome, err)
		return resp, nil
	}
	account.dialect = w.speaks.Name()
	if refusal.Err != nil {
		c.Note(refuse(ctx, w.speaks, c, []byte(e.Body), refusal))
		account.did(c.Outcome, refusal.Err)
		return resp, nil
	}
	err = w.carryOut(ctx, c)
	account.did(c.Outcome, err)
	return resp, nil
}

// conn trusts API Gateway for who and when.
func (h *Handler) conn(e Event) *dialect.Conn {
	rc := e.RequestContext
	return &dialect.Conn{
		House:  h.House,
		ID:     signaling.ConnID(rc.ConnectionID),
		Time:   time.UnixMilli(rc.RequestTimeEpoch).UTC(),
		Opened: time.UnixMilli(cmp.Or(rc.ConnectedAt, rc.RequestTimeEpoch)).UTC(),
	}
}
