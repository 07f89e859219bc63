package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/metrics"
	"github.com/parley-rtc/parley/internal/rescue"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Meter says what is made of the figures of an event.
type Meter struct {
	Service  string         // the metrics' dimension; "" leaves the metrics out
	MemoryMB int            // of the function, for its price
	Guard    *metrics.Guard // optional
}

// An account is what is known of an event when it ends. It becomes one line of the log, which CloudWatch reads the metrics
// from as well.
type account struct {
	handler *Handler
	event   Event
	began   time.Time
	tally   *metrics.Tally

	level   slog.Level
	msg     string
	action  string // a word of ours, never a client's
	dialect string // "" while it is not known
	room    signaling.RoomID
	code    signaling.Code // "" is success
	err     error          // more than the code says
	gone    bool           // who sent it had closed its socket: no success, and nobody's failure
	joins   bool
	relays  int
	extra   []slog.Attr
	sample  metrics.Sample
}

// open begins the account of an event and returns the context to handle it in.
func (h *Handler) open(ctx context.Context, e Event, action, msg string) (context.Context, *account) {
	ctx, tally := metrics.With(ctx)
	return ctx, &account{handler: h, event: e, began: time.Now(), tally: tally, action: action, msg: msg}
}

// fail says that the event did not end well: msg, the code that clients know it by, and err if there is more to say.
func (a *account) fail(level slog.Level, msg string, code signaling.Code, err error) {
	a.level, a.msg, a.code, a.err = level, msg, code, err
}

// did says how an event ended: what clients do wrong is no concern of the operator, what we do wrong is.
func (a *account) did(o dialect.Outcome, refused error) {
	a.action, a.room, a.joins, a.relays = o.Action, o.Room, o.Joined, o.Relays
	if refused == nil {
		if o.Aside != nil {
			a.fail(slog.LevelError, "message failed", signaling.CodeInternal, fmt.Errorf("afterwards: %w", o.Aside))
		}
		return
	}
	code := signaling.Describe(refused).Code
	_, plain := refused.(*signaling.Error)            //nolint:errorlint // whether there is anything more in it
	_, undecoded := refused.(*signaling.RequestError) //nolint:errorlint // likewise
	err := refused
	if o.Aside != nil {
		err = errors.Join(refused, fmt.Errorf("afterwards: %w", o.Aside))
	}
	switch {
	case code == signaling.CodeInternal && !errors.Is(refused, signaling.ErrGone):
		a.fail(slog.LevelError, "message failed", code, err)
	case code == signaling.CodeInternal && o.Aside == nil: // who sends and closes at once: a page that is left
		a.msg, a.gone = "message of who is gone", true
	case o.Aside == nil && (plain || undecoded):
		a.fail(slog.LevelInfo, "message refused", code, nil)
	default:
		a.fail(slog.LevelWarn, "message refused", code, err)
	}
}

// close writes the line. Metrics are written at every level of the log.
func (a *account) close(ctx context.Context) {
	m, log := a.handler.Meter, a.handler.Log
	defer func() {
		if v := recover(); v != nil {
			err := rescue.From(v)
			log.LogAttrs(ctx, slog.LevelError, "no account of the event", append(stack(err), slog.Any("err", err))...)
		}
	}()
	took := time.Since(a.began)
	unsettled := a.settle(ctx, took)
	if unsettled != nil {
		a.level = max(a.level, slog.LevelWarn)
	}
	if m.Service == "" && !log.Enabled(ctx, a.level) {
		return
	}
	r := slog.NewRecord(time.Now(), a.level, a.msg, 0)
	var some [usually]slog.Attr
	r.AddAttrs(a.attrs(some[:0], took, unsettled)...)
	_ = log.Handler().Handle(ctx, r) // nobody is left to tell
}

// usually is how many attributes a line has at most, unless much has gone wrong.
const usually = 24

// attrs appends what the line tells.
func (a *account) attrs(to []slog.Attr, took time.Duration, unsettled error) []slog.Attr {
	to = append(to, slog.String("connection", a.event.RequestContext.ConnectionID))
	count := a.tally.Count()
	if rooms := a.rooms(count); rooms != "" {
		to = append(to, slog.String("room", rooms))
	}
	outcome := string(a.code)
	switch {
	case a.gone:
		outcome = "gone"
	case outcome == "":
		outcome = "ok"
	}
	to = append(to, slog.String("route", a.event.RequestContext.RouteKey), slog.String("action", a.word()),
		slog.String("outcome", outcome), slog.Float64("duration", metrics.Milliseconds(took)),
		slog.String("request", a.event.RequestContext.RequestID))
	if a.dialect != "" {
		to = append(to, slog.String("dialect", a.dialect))
	}
	to = append(to, a.extra...)
	if a.err != nil {
		to = append(to, slog.String("err", safe(a.err)))
		to = append(to, stack(a.err)...)
	}
	if unsettled != nil {
		to = append(to, slog.String("budget", "not settled, joins go by what was last known: "+safe(unsettled)))
	}
	if service := a.handler.Meter.Service; service != "" {
		a.sample = metrics.Sample{
			Time: a.time(), Action: a.word(), Code: string(a.code), Dialect: a.foreign(),
			Duration: took, Relays: a.relays, USD: a.price(took), Count: count,
		}
		if a.joins && count.Seated > 0 {
			a.sample.Joins = 1
		}
		to = a.sample.Append(to, service)
	}
	return to
}

func (a *account) time() time.Time {
	return time.UnixMilli(a.event.RequestContext.RequestTimeEpoch).UTC()
}

// word is the action as a dimension: CloudWatch keeps, and charges for, each value apart.
func (a *account) word() string {
	if a.action == "" {
		return "unknown"
	}
	return a.action
}

// foreign is the dialect as a dimension, which parley.v1 does not need: it is what the others are not.
func (a *account) foreign() string {
	if ds := a.handler.Dialects; len(ds) > 0 && a.dialect == ds[0].Name() {
		return ""
	}
	return a.dialect
}

// rooms names the rooms of the event without telling their names: knowing one is the right to enter it.
func (a *account) rooms(c metrics.Count) string {
	if a.room != "" {
		return string(appendHash(make([]byte, 0, 2*hashed), a.room))
	}
	var hashes []byte
	for i, id := range c.Rooms {
		if i > 0 {
			hashes = append(hashes, ',')
		}
		hashes = appendHash(hashes, id)
	}
	return string(hashes)
}

// hashed is how many bytes of its hash name a room.
const hashed = 6

func appendHash(to []byte, id signaling.RoomID) []byte {
	sum := sha256.Sum256([]byte(id))
	return hex.AppendEncode(to, sum[:hashed])
}

// price is the list price of the event so far. $disconnect pays for the minutes of its connection.
func (a *account) price(took time.Duration) float64 {
	rc := a.event.RequestContext
	bill := metrics.Bill{Invocations: 1, MemoryMB: a.handler.Meter.MemoryMB, Duration: took}
	switch {
	case rc.RouteKey == disconnectRoute && rc.ConnectedAt > 0:
		bill.Connected = a.time().Sub(time.UnixMilli(rc.ConnectedAt))
	case rc.RouteKey != connectRoute && rc.RouteKey != disconnectRoute && rc.RouteKey != openedRoute:
		bill.MessagesIn = metrics.Units(len(a.event.Body))
	}
	return metrics.USD(bill, a.tally.Count())
}

// The routes that no message takes.
const (
	connectRoute    = "$connect"
	disconnectRoute = "$disconnect"
)

// settle gives the price to the guard. The function of $connect may not write to the ledger, so $disconnect settles for
// both.
func (a *account) settle(ctx context.Context, took time.Duration) error {
	m, route := a.handler.Meter, a.event.RequestContext.RouteKey
	if m.Guard == nil || route == connectRoute {
		return nil
	}
	connect := 0.0
	if route == disconnectRoute {
		connect = metrics.USD(metrics.ConnectBill(m.MemoryMB, took))
	}
	return m.Guard.Spent(ctx, a.time(), func() float64 { return a.price(took) + connect })
}

// addresses are IP addresses, which network errors tell. A start is too short to compile what only failures need.
var addresses = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b\d{1,3}(\.\d{1,3}){3}\b|\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%\w+)?\]`)
})

// safe returns the text of an error without what clients were told in it, which names rooms and peers, and without IP
// addresses.
func safe(err error) string {
	text := err.Error()
	var told func(error)
	told = func(err error) {
		if e, ok := err.(*signaling.Error); ok { //nolint:errorlint // the tree is walked here
			text = strings.ReplaceAll(text, e.Error(), string(e.Code))
		}
		switch e := err.(type) { //nolint:errorlint // likewise
		case interface{ Unwrap() error }:
			told(e.Unwrap())
		case interface{ Unwrap() []error }:
			for _, one := range e.Unwrap() {
				told(one)
			}
		}
	}
	told(err)
	return addresses().ReplaceAllString(text, "[address]")
}
