package apigw

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// received takes a message from the client; body is good until it returns. It waits while too many
// of them are in work. All that can be done at once is done by the caller, which is the reader: so
// they begin in the order in which they came, which counts where functions are few and much waits
// for them.
func (c *conn) received(body []byte) {
	c.mu.Lock()
	ended := c.ended
	if rec := c.g.opt.Record; rec != nil && !ended {
		rec.FromClient(c.id, body)
	}
	c.mu.Unlock()
	if ended {
		return
	}
	g := c.g
	came := g.opt.Clock.Now()
	c.active(came.UnixMilli())
	g.opt.Meter.MessageIn(len(body))
	c.inFlight <- struct{}{}
	switch {
	case g.opt.Weather.Active() && c.receivedInWeather(body, came):
	case g.opt.Serial:
		c.queue(bytes.Clone(body))
	default:
		g.message(c, body, came, nil)
	}
}

// queue has a message wait for its turn.
func (c *conn) queue(body []byte) {
	c.mu.Lock()
	c.backlog = append(c.backlog, body)
	start := !c.working
	c.working = true
	c.mu.Unlock()
	if start {
		c.g.handlers.Go(c.work)
	}
}

// work handles messages one by one until there are none.
func (c *conn) work() {
	for {
		c.mu.Lock()
		if len(c.backlog) == 0 {
			c.working = false
			c.backlog = nil
			c.mu.Unlock()
			return
		}
		body := c.backlog[0]
		c.backlog = c.backlog[1:]
		c.mu.Unlock()
		through := make(chan struct{})
		c.g.message(c, body, c.g.opt.Clock.Now(), func() { close(through) })
		<-through
	}
}

// message runs the route of one message and sends what API Gateway has to say about it, which may
// be later than it returns. It then calls after, unless that is nil. body is good until it returns.
func (g *Gateway) message(c *conn, body []byte, came time.Time, after func()) {
	requestID := newRequestID()
	key, rt := g.route(body)
	if rt == nil {
		span := c.traceBody(requestID, "", came, body)
		g.report(span, slog.LevelWarn, messageRefused, g.unrouted(body), about{connection: c.id, request: requestID})
		span.Reply(c.say("Forbidden", requestID))
		span.End()
		c.through(after)
		return
	}
	if rt.limit != nil && !rt.limit.take(g.opt.Clock.Now()) {
		span := c.traceBody(requestID, key, came, body)
		g.report(span, slog.LevelWarn, messageRefused, errThrottled,
			about{status: http.StatusTooManyRequests, route: key, connection: c.id, request: requestID})
		span.Reply(c.say("Too Many Requests", requestID))
		span.End()
		c.through(after)
		return
	}
	e := event{kind: "MESSAGE", routeKey: key, requestID: requestID, now: came}
	switch m := rt.mapping; {
	case m == nil:
		g.call(c, rt, e, body, after)
	case m.mock:
		g.messageMapped(rt, c, e, body)
		c.through(after)
	default: // who is asked may take its time
		body = bytes.Clone(body)
		g.handlers.Go(func() {
			g.messageMapped(rt, c, e, body)
			c.through(after)
		})
	}
}

// through ends the work on a message.
func (c *conn) through(after func()) {
	<-c.inFlight
	if after != nil {
		after()
	}
}

// messageFailed answers a message whose integration has no answer.
func (g *Gateway) messageFailed(span *trace.Span, rt *route, c *conn, e event, err error) {
	g.report(span, slog.LevelWarn, integrationFailed, rt.unanswered(err), rt.about(c, e))
	text := "Internal server error"
	if errors.Is(err, context.DeadlineExceeded) {
		text = "Endpoint request timed out"
	}
	span.Reply(c.say(text, e.requestID))
}

// route returns the route of a message, nil if there is none. The three special keys cannot be selected by a client.
func (g *Gateway) route(body []byte) (string, *route) {
	key := g.selector.key(body)
	switch key {
	case "", "$connect", "$disconnect", "$default":
	default:
		if rt, ok := g.routes[key]; ok {
			return key, rt
		}
	}
	return "$default", g.routes["$default"]
}

// unrouted says why a message has no route.
func (g *Gateway) unrouted(body []byte) *trouble {
	key := g.selector.key(body)
	t := &trouble{every: time.Hour}
	switch {
	case !isObject(body):
		t.why = "the message is no JSON object, and there is no route $default"
	case key == "":
		t.why = "the message has nothing at " + g.api.RouteSelection + ", and there is no route $default"
	case strings.HasPrefix(key, "$"):
		t.why = "a client cannot select " + quoted(key) + ", and there is no route $default"
	default:
		t.why = "no route has the key " + quoted(key) + ", and there is no route $default"
	}
	var keys []string
	for key := range g.routes {
		if !strings.HasPrefix(key, "$") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	t.do = "the API has no routes for messages: add one, or $default"
	if len(keys) > 0 {
		t.do = "the routes for messages are " + strings.Join(keys, ", ") + "; keys are case-sensitive"
	}
	return t
}

// replyBody returns the body of a function's answer, which is empty if it has none; false if the
// answer is none, or its body an object or an array.
func replyBody(answer []byte) ([]byte, bool) {
	if _, ok := statusCode(answer); !ok {
		return nil, false
	}
	value, _ := rawjson.Find(answer, "body")
	if len(value) > 0 && (value[0] == '{' || value[0] == '[') {
		return nil, false
	}
	body := []byte(clean(rawjson.Text(value)))
	if len(value) > 0 && value[0] != '"' && string(value) != "null" { // a number or a boolean, as it is written
		body = value
	}
	if encoded, _ := rawjson.Find(answer, "isBase64Encoded"); string(encoded) == "true" {
		decoded, err := base64.StdEncoding.DecodeString(string(body))
		return decoded, err == nil
	}
	return body, true
}

// say sends a frame of API Gateway's own, waiting for nobody, and returns it. The spacing is what
// it looks like on AWS.
func (c *conn) say(text, requestID string) []byte {
	frame := []byte(`{"message": "` + text + `", "connectionId":"` + c.id + `", "requestId":"` + requestID + `"}`)
	c.deliver(frame, 0)
	return frame
}

// deliver sends a text message to the client. For wait see send.
func (c *conn) deliver(payload []byte, wait time.Duration) sendResult {
	buf := c.g.buffer()
	defer c.g.buffers.Put(buf)
	*buf = appendText((*buf)[:0], payload)
	at := c.g.opt.Clock.Milli() // before: who has got the message may move the clock at once
	result := c.send(*buf, &payload, wait)
	if result == accepted {
		c.active(at)
	}
	return result
}
