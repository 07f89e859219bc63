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
	protocols := offered(shown.Header)
	if len(protocols) > 0 && !slices.Contains(protocols, native.Name) {
		account.fail(slog.LevelInfo, "connect refused", signaling.CodeBadRequest, errors.New("no subprotocol of ours offered"))
		return Response{StatusCode: http.StatusBadRequest}, nil
	}
	rights, err := h.Admission.Admit(ctx, shown)
	if refusal, ok := errors.AsType[*signaling.Error](err); ok {
		account.fail(slog.LevelInfo, "connect refused", refusal.Code, errors.New(refusal.Msg))
		return Response{StatusCode: refusalStatus(refusal.Code)}, nil
	}
	if err == nil {
		err = h.Service.Connect(ctx, origin(e), rights)
	}
	if err != nil {
		account.fail(slog.LevelError, "connect failed", signaling.CodeInternal, err)
		return Response{StatusCode: http.StatusInternalServerError}, nil
	}
	account.extra = []slog.Attr{slog.String("dialect", native.Name)}
	resp = Response{StatusCode: http.StatusOK}
	if len(protocols) > 0 {
		resp.Headers = map[string]string{"Sec-WebSocket-Protocol": native.Name}
	}
	return resp, nil
}

// Disconnect handles $disconnect. Nobody waits for its result.
func (h *Handler) Disconnect(ctx context.Context, e Event) (resp Response, err error) {
	ctx, account := h.open(ctx, e, "disconnect", "disconnected")
	defer account.close(ctx)
	resp.StatusCode = http.StatusInternalServerError // if it panics
	defer account.rescue("disconnect failed", nil)
	account.extra = []slog.Attr{slog.Int64("code", e.RequestContext.DisconnectStatusCode)}
	if _, err := h.Service.Disconnect(ctx, origin(e)); err != nil {
		account.fail(slog.LevelError, "disconnect failed", signaling.CodeInternal, err)
		return Response{StatusCode: http.StatusInternalServerError}, nil
	}
	return Response{StatusCode: http.StatusOK}, nil
}

// Message handles every message. It never fails: what went wrong is told to the client in its dialect.
func (h *Handler) Message(ctx context.Context, e Event) (resp Response, err error) {
	ctx, account := h.open(ctx, e, "", "message")
	defer account.close(ctx)
	from := origin(e)
	resp.StatusCode = http.StatusOK
	defer account.rescue("message failed", func(refusal *signaling.RequestError) error {
		return h.Service.Refuse(ctx, from, refusal)
	})
	excess, unsettled := h.Service.Charge(ctx, from)
	if unsettled != nil {
		account.fail(slog.LevelWarn, "message", "", unsettled)
	}
	commands, err := h.decode(from.Dialect, e.Body)
	if excess != nil {
		action, refused, aside := h.turnAway(ctx, from, excess, commands, err)
		account.did(action, nil, refused, aside)
		return Response{StatusCode: http.StatusOK}, nil
	}
	if refusal, bad := errors.AsType[*signaling.RequestError](err); bad {
		account.did(refusal.Request.Action, nil, err, h.Service.Refuse(ctx, from, refusal))
	}
	for _, cmd := range commands {
		refused, aside := h.Service.Do(ctx, from, cmd)
		account.did(cmd.Req().Action, cmd, refused, aside)
	}
	return Response{StatusCode: http.StatusOK}, nil
}

// origin trusts API Gateway for who and when. The dialect is native until there is a second one to choose.
func origin(e Event) signaling.Origin {
	return signaling.Origin{
		Conn:    signaling.ConnID(e.RequestContext.ConnectionID),
		Dialect: native.Name,
		Time:    time.UnixMilli(e.RequestContext.RequestTimeEpoch).UTC(),
	}
}
