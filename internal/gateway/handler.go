package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/signaling"
)

// The shapes of API Gateway's WebSocket events.
type (
	Event    = events.APIGatewayWebsocketProxyRequest
	Response = events.APIGatewayProxyResponse
)

// Handler answers the three kinds of events.
type Handler struct {
	Service   *signaling.Service
	Admission signaling.Admission
	Codecs    Codecs
	Log       *slog.Logger
}

// Connect handles $connect. Its status is what the client's handshake gets: 200 opens the socket, 400 refuses a client
// that offers only subprotocols we do not speak, 401 one without a valid token, 403 one from a page that may not connect,
// and 500 says that we failed.
func (h *Handler) Connect(ctx context.Context, e Event) (Response, error) {
	shown := handshake(e)
	protocols := offered(shown.Header)
	if len(protocols) > 0 && !slices.Contains(protocols, native.Name) {
		h.log(e).InfoContext(ctx, "connect refused", "reason", "no subprotocol of ours offered")
		return Response{StatusCode: http.StatusBadRequest}, nil
	}
	rights, err := h.Admission.Admit(ctx, shown)
	if refusal, ok := errors.AsType[*signaling.Error](err); ok {
		h.log(e).InfoContext(ctx, "connect refused", "code", refusal.Code, "reason", refusal.Msg)
		return Response{StatusCode: refusalStatus(refusal.Code)}, nil
	}
	if err == nil {
		err = h.Service.Connect(ctx, origin(e), rights)
	}
	if err != nil {
		h.log(e).ErrorContext(ctx, "connect failed", "err", err)
		return Response{StatusCode: http.StatusInternalServerError}, nil
	}
	h.log(e).InfoContext(ctx, "connected", "dialect", native.Name)
	resp := Response{StatusCode: http.StatusOK}
	if len(protocols) > 0 {
		resp.Headers = map[string]string{"Sec-WebSocket-Protocol": native.Name}
	}
	return resp, nil
}

// Disconnect handles $disconnect. Nobody waits for its result.
func (h *Handler) Disconnect(ctx context.Context, e Event) (Response, error) {
	if err := h.Service.Disconnect(ctx, origin(e)); err != nil {
		h.log(e).ErrorContext(ctx, "disconnect failed", "err", err)
		return Response{StatusCode: http.StatusInternalServerError}, nil
	}
	h.log(e).InfoContext(ctx, "disconnected", "code", e.RequestContext.DisconnectStatusCode)
	return Response{StatusCode: http.StatusOK}, nil
}

// Message handles every message. It never fails: what went wrong is told to the client in its dialect.
func (h *Handler) Message(ctx context.Context, e Event) (Response, error) {
	from := origin(e)
	commands, err := h.Codecs[from.Dialect].Decode([]byte(e.Body))
	if refusal, bad := errors.AsType[*signaling.RequestError](err); bad {
		h.outcome(ctx, e, refusal.Request.Action, h.Service.Refuse(ctx, from, refusal, err))
	}
	for _, cmd := range commands {
		h.outcome(ctx, e, cmd.Req().Action, h.Service.Do(ctx, from, cmd))
	}
	return Response{StatusCode: http.StatusOK}, nil
}

// outcome logs how a request ended: what clients do wrong is no concern of the operator, what we do wrong is.
func (h *Handler) outcome(ctx context.Context, e Event, action string, err error) {
	if err == nil {
		if h.Log.Enabled(ctx, slog.LevelDebug) {
			h.log(e).DebugContext(ctx, "message", "action", action)
		}
		return
	}
	code := signaling.Describe(err).Code
	if code == signaling.CodeUnknownAction {
		action = "" // a client's own words
	}
	_, plain := err.(*signaling.Error)            //nolint:errorlint // whether there is anything more in it
	_, undecoded := err.(*signaling.RequestError) //nolint:errorlint // likewise
	switch {
	case code == signaling.CodeInternal && !errors.Is(err, signaling.ErrGone):
		h.log(e).ErrorContext(ctx, "message failed", "action", action, "err", err)
	case plain || undecoded:
		h.log(e).InfoContext(ctx, "message refused", "action", action, "code", code)
	default:
		h.log(e).WarnContext(ctx, "message refused", "action", action, "code", code, "err", err)
	}
}

func (h *Handler) log(e Event) *slog.Logger {
	return h.Log.With("conn", e.RequestContext.ConnectionID, "route", e.RequestContext.RouteKey, "request", e.RequestContext.RequestID)
}

// origin trusts API Gateway for who and when. The dialect is native until there is a second one to choose.
func origin(e Event) signaling.Origin {
	return signaling.Origin{
		Conn:    signaling.ConnID(e.RequestContext.ConnectionID),
		Dialect: native.Name,
		Time:    time.UnixMilli(e.RequestContext.RequestTimeEpoch).UTC(),
	}
}
