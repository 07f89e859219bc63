package sip

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

const maxForwards = 70 // of a request that comes without (16.6, item 3)

// request carries a request on, or answers it (RFC 3261, 16).
func (d *Dialect) request(ctx context.Context, c *dialect.Conn, m *sip.Message) error {
	if m.Method == "ACK" && m.To().Params.Get("tag") == tagOf(m) { // of an answer of ours
		return nil
	}
	m, err := unstrict(m)
	if err != nil {
		return err
	}
	if err := d.check(m); err != nil {
		return err
	}
	r, err := d.recordOf(m, c.Time)
	if err != nil {
		return err
	}
	if _, err := d.identify(ctx, c, r.byWhom(m)); err != nil {
		return err
	}
	if d.isForUs(m) {
		return d.serve(ctx, c, m)
	}
	c.Room = signaling.RoomID(m.To().AOR())
	return d.forward(ctx, c, m, r)
}

// check validates a request (16.3). Whose it is, is asked last, as that may cost a reading.
func (d *Dialect) check(m *sip.Message) error {
	if _, err := requestURI(m); err != nil {
		return err
	}
	left, err := forwards(m)
	switch {
	case err != nil:
		return err
	case left == 0 && (m.Method != "OPTIONS" || !d.isForUs(m)):
		return answered(signaling.CodeBadRequest, 483, "Too Many Hops")
	case loops(m):
		return answered(signaling.CodeBadRequest, 482, "Loop Detected")
	}
	return requires(m, "Proxy-Require")
}

// requestURI is what the Request-URI says. It fails with an *answer.
func requestURI(m *sip.Message) (sip.URI, error) {
	u, err := sip.ParseURI(m.URI)
	switch scheme, _, _ := strings.Cut(m.URI, ":"); {
	case err == nil:
		return u, nil
	case strings.EqualFold(scheme, "sip"), strings.EqualFold(scheme, "sips"):
		return u, answered(signaling.CodeBadRequest, 400, "The Request-URI is no SIP URI")
	}
	return u, answered(signaling.CodeBadRequest, 416, "Unsupported URI Scheme: want sip or sips")
}

// forwards is how often a request may still be forwarded.
func forwards(m *sip.Message) (int, error) {
	switch values := m.Header.Values("Max-Forwards"); len(values) {
	case 0:
		return maxForwards + 1, nil
	case 1:
		if n, err := strconv.ParseUint(values[0], 10, 8); err == nil {
			return int(n), nil
		}
	}
	return 0, answered(signaling.CodeBadRequest, 400, "Max-Forwards is no number up to 255")
}

// requires refuses a request that asks for other extensions than those. The two methods that belong
// to another request go by that one's (8.2.2.3).
func requires(m *sip.Message, field string, known ...string) error {
	extensions := slices.DeleteFunc(m.Header.Tokens(field), func(extension string) bool {
		return slices.Contains(known, strings.ToLower(extension))
	})
	if len(extensions) == 0 || m.Method == "ACK" || m.Method == "CANCEL" {
		return nil
	}
	return answered(signaling.CodeBadRequest, 420, "Bad Extension",
		sip.Field{Name: "Unsupported", Value: strings.Join(extensions, ", ")})
}

// isForUs reports whether a request is for the service itself, and for nobody at it.
func (d *Dialect) isForUs(m *sip.Message) bool {
	u, err := sip.ParseURI(m.URI)
	return err == nil && u.User == "" && d.isOurs(u.Host)
}

const allowed = "OPTIONS, REGISTER"

// serve answers a request that is for the service itself (8.2).
func (d *Dialect) serve(ctx context.Context, c *dialect.Conn, m *sip.Message) error {
	if err := requires(m, "Require"); err != nil {
		return err
	}
	allow := sip.Field{Name: "Allow", Value: allowed}
	switch {
	case m.Method == "ACK":
		return nil
	case m.Method == "CANCEL":
		return answered(signaling.CodeNoSuchPeer, 481, "Call/Transaction Does Not Exist")
	case m.Method == "OPTIONS":
		return d.reply(ctx, c, m, &answer{status: 200, reason: "OK", header: sip.Header{
			allow, {Name: "Accept", Value: "*/*"}, {Name: "Supported", Value: "path"},
		}})
	case slices.Contains(methods, m.Method):
		return answered(signaling.CodeBadRequest, 405, "Method Not Allowed: it is for users, and not for the server", allow)
	}
	return answered(signaling.CodeBadRequest, 501, "Not Implemented", allow)
}
