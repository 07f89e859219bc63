// Package doctor drives two synthetic peers through a running service and names what is broken.
package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/parley-rtc/parley/client/go/wire"
	"github.com/parley-rtc/parley/cmd/parley/internal/token"
)

// Options say what to examine.
type Options struct {
	URL     string // wss://…/{stage}
	Token   string // "" brings none
	Origin  string // "" is no browser
	Room    string // "" is one of the doctor's own
	Timeout time.Duration

	PeerJSKey string // with which to connect as a client of PeerJS, too; "" is not to
	SocketIO  bool   // connect as clients of Socket.IO, too
	SIP       string // address as which to connect as a phone, too; "" is not to
	IO        *IO    // how an app makes such a client, in place of URL; nil if it is not known

	Logs    Logs    // nil if there are none to be read
	Account Account // nil if nobody may look
	Now     func() time.Time

	Patience time.Duration // with what a deployment that is not everywhere yet may answer
	Note     func(string)  // is told what takes long; nil is not
}

// A Finding is the outcome of one check.
type Finding struct {
	Check   string `json:"check"`
	OK      bool   `json:"ok"`
	Detail  string `json:"detail"`            // what was seen
	Setting string `json:"setting,omitempty"` // what is broken, in a word or two
	Advice  string `json:"advice,omitempty"`  // what to do
}

// problem is a Finding on its way.
type problem struct {
	detail, setting, advice string

	young bool // a deployment that is not everywhere yet looks like this, too
}

func (p *problem) Error() string { return p.detail }

func broken(setting, advice, format string, args ...any) error {
	return &problem{detail: fmt.Sprintf(format, args...), setting: setting, advice: advice}
}

// Examine runs the checks in order and tells each finding as it comes. It stops at the first that makes the rest
// pointless, and reports whether all was well.
func Examine(ctx context.Context, opt Options, tell func(Finding)) bool {
	e := &examination{Options: opt, began: opt.Now()}
	defer e.close()
	healthy := true
	type check struct {
		name  string
		run   func(context.Context) (string, error)
		final bool // what follows cannot work without it
	}
	checks := []check{
		{"address", e.address, true},
		{"token", e.token, true},
		{"handshake", e.handshake, true},
		{"clock", e.clock, false},
		{"join", e.join, true},
		{"relay", e.relay, true},
		{"concurrency", e.concurrency, false},
		{"broadcast and leave", e.leave, false},
		{"disconnect", e.vanish, false},
		{"ICE servers", e.ice, false},
	}
	if e.PeerJSKey != "" {
		checks = append(checks, check{"greeting", e.greeting, false})
	}
	if e.SocketIO {
		checks = slices.Insert(checks, 0, check{"client of Socket.IO", e.client, false})
		checks = append(checks, check{"Socket.IO", e.socketio, true}, check{"Socket.IO relay", e.socketRelay, false})
	}
	if e.SIP != "" {
		checks = append(checks, check{"SIP", e.phone, false})
	}
	for _, check := range checks {
		detail, err := check.run(ctx)
		f := Finding{Check: check.name, OK: err == nil, Detail: detail}
		if err != nil {
			healthy = false
			f.Detail, f.Setting, f.Advice = explain(err)
		}
		tell(f)
		if err != nil && (check.final || e.nowhere) {
			break
		}
	}
	return healthy
}

func explain(err error) (detail, setting, advice string) {
	if p, ok := errors.AsType[*problem](err); ok {
		return p.detail, p.setting, p.advice
	}
	return err.Error(), "unknown", "look at the functions' logs: " + seeLogs
}

// seeLogs is how to, where the doctor has not read them.
const seeLogs = "pass --stack NAME for the doctor to read the functions' logs, or follow them with parley tail --stack NAME"

type examination struct {
	Options
	began      time.Time
	nowhere    bool // the client's stage is not to be found
	first, two *wire.Conn
	answer     wire.Handshake // to the first handshake
	room       string
	joined     [2]wire.Frame
}

func (e *examination) close() {
	for _, p := range []*wire.Conn{e.first, e.two} {
		if p != nil {
			p.Close()
		}
	}
}

func (e *examination) address(context.Context) (string, error) {
	u, err := url.Parse(e.URL)
	switch {
	case err != nil || u.Host == "":
		return "", broken("address", "pass the URL that the stack's output Url has: wss://{api}.execute-api.{region}.amazonaws.com/{stage}", "%q is no URL", e.URL)
	case u.Scheme == "https" || u.Scheme == "http":
		return "", broken("address", "use ws"+strings.TrimPrefix(u.Scheme, "http")+"://, clients speak WebSocket", "the URL begins with %s://", u.Scheme)
	case u.Scheme != "ws" && u.Scheme != "wss":
		return "", broken("address", "use wss://", "the URL begins with %s://", u.Scheme)
	case strings.Contains(u.Path, "@connections"):
		return "", broken("address", "cut it off behind the stage", "the URL is that of the management API")
	}
	e.room = e.Room
	if e.room == "" {
		e.room = "doctor-" + rand.Text()[:10]
		if r := token.Room(e.Token, e.room); r != "" {
			e.room = r
		}
	}
	return u.Scheme + "://" + u.Host + u.Path, nil
}

func (e *examination) token(context.Context) (string, error) {
	if e.Token == "" {
		return "none is used", nil
	}
	if fault := token.Fault(e.Token, e.room, e.Now()); fault != "" {
		return "", broken("token", "mint another one: parley token --help", "the token cannot be good: %s", fault)
	}
	return "it has what the service asks for, as far as one can see without its key", nil
}

func (e *examination) step(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, e.Timeout)
}

func (e *examination) handshake(ctx context.Context) (string, error) {
	p, err := e.dial(ctx)
	if err != nil {
		return "", err
	}
	e.first = p
	if p.Subprotocol() != wire.Protocol {
		return "", broken("subprotocol", "the connect function has to return the header Sec-WebSocket-Protocol: deploy it anew", "the subprotocol parley.v1 was offered and not echoed: browsers close such a connection")
	}
	if e.two, err = e.dial(ctx); err != nil {
		return "", err
	}
	return "two connections are open", nil
}

// dial opens a connection, and waits for one as long as a deployment may take to be everywhere.
func (e *examination) dial(ctx context.Context) (p *wire.Conn, err error) {
	err = e.patiently(ctx, func() error {
		step, cancel := e.step(ctx)
		defer cancel()
		var failure error
		p, failure = wire.Dial(step, e.URL, wire.Options{Token: e.Token, Origin: e.Origin})
		answer := handshakeOf(p, failure)
		if e.first == nil {
			e.answer = answer
		}
		if failure != nil {
			return e.refused(ctx, answer, failure)
		}
		return nil
	})
	return p, err
}

// handshakeOf is what a dialing got, whatever came of it.
func handshakeOf(p *wire.Conn, err error) wire.Handshake {
	if refused, ok := errors.AsType[*wire.HandshakeError](err); ok {
		return refused.Handshake
	}
	return p.Handshake()
}

// refused says why a handshake failed.
func (e *examination) refused(ctx context.Context, answer wire.Handshake, err error) error {
	if answer.Status == 0 {
		nobody := broken("address", "check host and port, and that the stack is deployed (or localdev runs)", "nothing answers there: %v", root(err))
		if lookup, ok := errors.AsType[*net.DNSError](err); ok && lookup.IsNotFound {
			return perhapsYoung(nobody)
		}
		return nobody
	}
	switch answer.Status {
	case http.StatusUnauthorized:
		if e.Token == "" {
			return broken("token", "pass one with --token: parley token mints it", "the service asks for a token (AUTH=jwt)")
		}
		return broken("token secret", "sign with the secret or key that the service has (AUTH_SECRET_PARAMETER, AUTH_JWKS_URL), and with its AUTH_ISSUER and AUTH_AUDIENCE if it asks for them; the connect function's log says which", "the service refuses the token%s", e.hint(ctx))
	case http.StatusForbidden:
		return e.forbidden(ctx)
	case http.StatusNotFound:
		return perhapsYoung(broken("stage", "the path of the URL is the stage and nothing else", "there is nothing at this path (404)"))
	case http.StatusTooManyRequests:
		return broken("throttling", "raise throttleRate and throttleBurst of the stage (0 lets nothing through), or the account's quota", "the stage takes no more connections now (429)")
	case http.StatusBadRequest:
		return broken("subprotocol", "is this Parley, and a version that speaks parley.v1?", "the service does not speak parley.v1 (400)")
	case http.StatusGatewayTimeout:
		return broken("connect function", "raise its time-out or memory, and see what it waits for in its log", "the connect function took too long (504)%s", e.hint(ctx))
	}
	if p := e.awaitLogs(ctx); p != nil {
		return p
	}
	if p := e.scarce(ctx); p != nil {
		return p
	}
	return perhapsYoung(broken("connect function", "see its log, a permission or a table may be missing, or concurrency ("+concurrencyAdvice+"): "+seeLogs,
		"the connect function failed (%d)", answer.Status))
}

// forbidden finds out whether it is the origin or the stage: without an Origin, the page that connects plays no part.
func (e *examination) forbidden(ctx context.Context) error {
	step, cancel := e.step(ctx)
	defer cancel()
	if e.Origin != "" {
		p, err := wire.Dial(step, e.URL, wire.Options{Token: e.Token})
		if err == nil {
			p.Close()
		}
		if err == nil || handshakeOf(p, err).Status == http.StatusUnauthorized {
			return broken("origin", "add it to ALLOWED_ORIGINS (allowedOrigins), as the browser writes it: scheme, host, port, no path", "pages of %s may not connect", e.Origin)
		}
	}
	return perhapsYoung(broken("stage", "check the stage in the URL, and that a deployment with the route $connect is on it",
		"API Gateway has no such stage or path there, or the handshake is not allowed (403)"))
}

// root is the error that began it, in short.
func root(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// maxSkew is by how much this machine's clock may be wrong before tokens and TURN credentials are.
const maxSkew = time.Minute

func (e *examination) clock(ctx context.Context) (string, error) {
	there, err := http.ParseTime(e.answer.Date)
	if err != nil {
		there, err = e.date(ctx)
	}
	if err != nil {
		return "the server does not tell its time", nil
	}
	skew := e.Now().Sub(there).Round(time.Second)
	if skew.Abs() > maxSkew {
		direction := "ahead of"
		if skew < 0 {
			direction = "behind"
		}
		return "", broken("clock", "set the clock of this machine (or the server's): tokens and TURN credentials depend on it", "this machine is %s %s the server", skew.Abs(), direction)
	}
	return fmt.Sprintf("this machine and the server differ by %s", skew.Abs()), nil
}

// date asks the same host by plain HTTP: whatever it answers, it says when.
func (e *examination) date(ctx context.Context) (time.Time, error) {
	step, cancel := e.step(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(step, http.MethodHead, "http"+strings.TrimPrefix(e.URL, "ws"), nil)
	if err != nil {
		return time.Time{}, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return time.Time{}, err
	}
	resp.Body.Close()
	return http.ParseTime(resp.Header.Get("Date"))
}
