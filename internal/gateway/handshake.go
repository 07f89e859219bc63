package gateway

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// tokenProtocol begins the subprotocol that carries a token: a browser cannot set a header. It is never echoed.
const tokenProtocol = "parley.token."

// handshake returns what a client shows in its $connect event.
func handshake(e Event) signaling.Handshake {
	h := signaling.Handshake{Header: http.Header{}, Time: time.UnixMilli(e.RequestContext.RequestTimeEpoch).UTC()}
	for name, values := range e.MultiValueHeaders {
		for _, v := range values {
			h.Header.Add(name, v)
		}
	}
	for name, v := range e.Headers {
		if h.Header.Get(name) == "" {
			h.Header.Set(name, v)
		}
	}
	tokens := slices.Clone(e.MultiValueQueryStringParameters["token"])
	if token, ok := e.QueryStringParameters["token"]; ok {
		tokens = append(tokens, token)
	}
	for _, p := range offered(h.Header) {
		if token, ok := strings.CutPrefix(p, tokenProtocol); ok {
			tokens = append(tokens, token)
		}
	}
	slices.Sort(tokens)
	h.Tokens = slices.Compact(tokens)
	return h
}

func refusalStatus(code signaling.Code) int {
	if code == signaling.CodeUnauthorized {
		return http.StatusUnauthorized
	}
	return http.StatusForbidden
}

// offered returns the subprotocols that a client offers, in its order.
func offered(headers http.Header) []string {
	var list []string
	for _, line := range headers.Values("Sec-WebSocket-Protocol") {
		for p := range strings.SplitSeq(line, ",") {
			list = append(list, strings.TrimSpace(p))
		}
	}
	return list
}
