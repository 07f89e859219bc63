package gateway_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/parley-rtc/parley/internal/signaling"
)

// door answers as it is told, and keeps what it was shown.
type door struct {
	shown signaling.Handshake
	err   error
}

func (a *door) Admit(_ context.Context, h signaling.Handshake) (*signaling.Rights, error) {
	a.shown = h
	return &signaling.Rights{User: "u"}, a.err
}

func TestTokensComeByQueryOrSubprotocol(t *testing.T) {
	c := newConversation(t)
	gate := &door{}
	c.handler.Admission = gate
	for name, tt := range map[string]struct {
		query     map[string]string
		protocols string
		want      []string
		echoed    string
	}{
		"neither":            {},
		"query":              {query: map[string]string{"token": "a.b.c"}, want: []string{"a.b.c"}},
		"an empty one":       {query: map[string]string{"token": ""}, want: []string{""}},
		"subprotocol":        {protocols: "parley.v1, parley.token.a.b.c", want: []string{"a.b.c"}, echoed: "parley.v1"},
		"token first":        {protocols: "parley.token.a.b.c,parley.v1", want: []string{"a.b.c"}, echoed: "parley.v1"},
		"the same in both":   {query: map[string]string{"token": "t"}, protocols: "parley.v1, parley.token.t", want: []string{"t"}, echoed: "parley.v1"},
		"different in both":  {query: map[string]string{"token": "t"}, protocols: "parley.v1, parley.token.u", want: []string{"t", "u"}, echoed: "parley.v1"},
		"two subprotocols":   {protocols: "parley.v1, parley.token.b, parley.token.a", want: []string{"a", "b"}, echoed: "parley.v1"},
		"another's protocol": {protocols: "parley.v1, my.token.x", echoed: "parley.v1"},
	} {
		t.Run(name, func(t *testing.T) {
			e := c.event("$connect", "conn")
			e.Headers = map[string]string{}
			if tt.protocols != "" {
				e.Headers["sec-websocket-protocol"] = tt.protocols
			}
			e.QueryStringParameters = tt.query
			e.MultiValueQueryStringParameters = map[string][]string{}
			for name, v := range tt.query {
				e.MultiValueQueryStringParameters[name] = []string{v}
			}
			resp, err := c.handler.Connect(t.Context(), e)
			if err != nil || resp.StatusCode != 200 || resp.Subprotocol != tt.echoed {
				t.Fatalf("got %+v, %v", resp, err)
			}
			if !slices.Equal(gate.shown.Tokens, tt.want) || gate.shown.Time.UnixMilli() != c.now.UnixMilli() {
				t.Errorf("got %q at %v, want %q", gate.shown.Tokens, gate.shown.Time, tt.want)
			}
			if conn, err := c.store.Connection(t.Context(), "conn", true); err != nil || conn.Rights.User != "u" {
				t.Errorf("got %+v, %v, want that the rights are kept", conn, err)
			}
		})
	}
}

func TestRefusedHandshakesLeaveNothingBehind(t *testing.T) {
	for status, err := range map[int]error{
		401: signaling.Errorf(signaling.CodeUnauthorized, "no token"),
		403: signaling.Errorf(signaling.CodeForbidden, "a foreign page"),
		500: errors.New("the keys cannot be fetched"),
	} {
		c := newConversation(t)
		c.handler.Admission = &door{err: err}
		resp, e := c.handler.Connect(t.Context(), c.event("$connect", "conn"))
		if e != nil || resp.StatusCode != status {
			t.Errorf("%v: got %d, %v, want %d", err, resp.StatusCode, e, status)
		}
		if _, e := c.store.Connection(t.Context(), "conn", true); !errors.Is(e, signaling.ErrGone) {
			t.Errorf("%v: the connection is remembered: %v", err, e)
		}
	}
}
