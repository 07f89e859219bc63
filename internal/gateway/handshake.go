package gateway

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// tokenProtocol begins the subprotocol that carries a token: a browser cannot set a header. It is never echoed.
const tokenProtocol = "parley.token."

// handshake returns what a client shows in its $connect event.
func handshake(e Event) signaling.Handshake {
	h := signaling.Handshake{
		Header: http.Header{}, Query: url.Values{}, Time: time.UnixMilli(e.RequestContext.RequestTimeEpoch).UTC(),
	}
	for name, values := range e.MultiValueQueryStringParameters {
		h.Query[name] = slices.Clone(values)
	}
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
	for name, v := range e.QueryStringParameters {
		if _, several := h.Query[name]; !several {
			h.Query.Set(name, v)
		}
	}
	tokens := slices.Clone(h.Query["token"])
	for _, p := range h.Subprotocols() {
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
