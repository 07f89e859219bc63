package gateway_test

import (
	"context"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/dialect/sip"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/signaling"
)

// brokenSIP can read requests for an answer only.
type brokenSIP struct{ *sip.Dialect }

func (brokenSIP) Message(context.Context, *dialect.Conn, []byte) error { fail(); return nil }

func (brokenSIP) Recognize([]byte) (func(context.Context, *dialect.Conn) error, bool) {
	return nil, false
}

// A phone that hears nothing rings on for half a minute.
func TestARequestOfSIPIsAnsweredWhateverBecomesOfIt(t *testing.T) {
	const invite = "INVITE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n" +
		"From: <sip:alice@example.org>;tag=1\r\nTo: <sip:bob@example.org>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n" +
		"Contact: <sip:alice@df7jal23ls0d.invalid;transport=ws>\r\nContent-Length: 0\r\n\r\n"
	for name, tt := range map[string]struct {
		breaks func(*gateway.Handler)
		told   string
	}{
		"a panic": {
			func(h *gateway.Handler) { h.Dialects[len(h.Dialects)-1] = brokenSIP{sip.New()} },
			"SIP/2.0 500 ",
		},
		"too long": {func(h *gateway.Handler) { h.Service.Limits.Message = len(invite) - 1 }, "SIP/2.0 513 "},
	} {
		t.Run(name, func(t *testing.T) {
			c := newConversation(t)
			c.handler.Dialects = append(gateway.Dialects{}, c.native, sip.New())
			c.handler.Service.Limits = signaling.Limits{}
			c.step([]string{"alice", "connects", "sip"})
			tt.breaks(c.handler)
			e := c.event("$default", "alice")
			e.Body = invite
			if resp, err := c.handler.Message(t.Context(), e); err != nil || resp.StatusCode != 200 {
				t.Fatalf("got %+v, %v", resp, err)
			}
			pushes := c.recorder.Take()
			if len(pushes) != 1 {
				t.Fatalf("told %q, want one answer", pushes)
			}
			got := string(pushes[0].Frame)
			if !strings.HasPrefix(got, tt.told) || !strings.Contains(got, "Call-ID: c1\r\n") {
				t.Errorf("told %q, want %q of that call", got, tt.told)
			}
		})
	}
}
