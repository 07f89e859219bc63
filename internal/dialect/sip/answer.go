package sip

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

// answer is a final response of our own to a request. As an error it says what the request was refused
// for.
type answer struct {
	status int
	reason string     // the reason phrase: what happened, and what to do
	header sip.Header // beside what every response has
	code   signaling.Code
}

func (a *answer) Error() string { return a.reason }

// answered returns an answer that is a refusal, with its code for the log; "" is none of the client's
// faults, such as a challenge.
func answered(code signaling.Code, status int, reason string, header ...sip.Field) *answer {
	return &answer{status: status, reason: reason, header: header, code: code}
}

// refuse tells the client of a request what became of it, unless it went on (nil), and returns it for
// the log. Nothing answers an ACK.
func (d *Dialect) refuse(ctx context.Context, c *dialect.Conn, m *sip.Message, err error) error {
	if err == nil {
		return nil
	}
	a, ours := errors.AsType[*answer](err)
	if !ours {
		e := signaling.Describe(err)
		a = answered(e.Code, statusOf(e), e.Msg)
	}
	if m != nil && m.IsRequest() && m.Method != "ACK" {
		c.Note(d.reply(ctx, c, m, a))
	}
	switch {
	case !ours:
		return err
	case a.code == "":
		return nil
	}
	return signaling.Errorf(a.code, "%s", a.reason)
}

// reply sends the answer.
func (d *Dialect) reply(ctx context.Context, c *dialect.Conn, m *sip.Message, a *answer) error {
	r := sip.Response(m, a.status, a.reason, tagOf(m))
	r.Header = append(r.Header, a.header...)
	if a.status == 503 {
		r.Header.Add("Retry-After", "5")
	}
	return c.Push(ctx, r.Bytes())
}

// tagOf is that of our answers to a request, whichever process gives them (RFC 3261, 8.2.7). By it the
// ACK of one is known, in whose To it is.
func tagOf(m *sip.Message) string {
	number, _ := m.CSeq()
	return hashOf(m.Header.Get("Via"), m.Header.Get("Call-ID"), strconv.Itoa(int(number)))
}

// statusOf is how SIP says what the other protocols say with a code.
func statusOf(e *signaling.Error) int {
	switch e.Code {
	case signaling.CodeTooLarge:
		return 513
	case signaling.CodeUnauthorized, signaling.CodeForbidden:
		return 403
	case signaling.CodeNoSuchPeer:
		return 480
	case signaling.CodeRateLimited, signaling.CodeOverBudget:
		return 503
	case signaling.CodeInternal:
		return 500
	}
	return 400
}

// malformed answers a request that could be read far enough for that. Of anything else the log alone
// tells what is wrong.
func (d *Dialect) malformed(ctx context.Context, c *dialect.Conn, m *sip.Message, err error) error {
	wrong, _ := errors.AsType[*sip.Error](err)
	c.Action = "malformed"
	refused := d.refuse(ctx, c, m, answered(signaling.CodeBadRequest, wrong.Status, wrong.Msg))
	if m == nil || !m.IsRequest() {
		return fmt.Errorf("not answered, as %s: %w", wrong.Msg, refused)
	}
	return refused
}

var _ dialect.Refuser = (*Dialect)(nil)

// Refuse implements dialect.Refuser.
func (d *Dialect) Refuse(ctx context.Context, c *dialect.Conn, frame []byte, r dialect.Refusal) error {
	m, _ := sip.Parse(frame)
	if m == nil || r.Muted || !m.IsRequest() || m.Method == "ACK" {
		return nil
	}
	return d.reply(ctx, c, m, answered(r.Err.Code, statusOf(r.Err), r.Err.Msg))
}
