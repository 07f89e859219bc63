package apigw

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// received takes a message from the client. It waits while too many of them are in work.
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
	if g.opt.Weather.Active() && c.receivedInWeather(body, came) {
		return
	}
	if !g.opt.Serial {
		// They run side by side, but begin in the order in which they came: where functions are few, and much waits
		// for them, what began a little later would be worked on much later.
		begun := make(chan struct{})
		g.handlers.Go(func() {
			g.message(c, body, came, sync.OnceFunc(func() { close(begun) }))
			<-c.inFlight
		})
		<-begun
		return
	}
	c.mu.Lock()
	c.backlog = append(c.backlog, body)
	start := !c.working
	c.working = true
	c.mu.Unlock()
	if start {
		g.handlers.Go(c.work)
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
		c.g.message(c, body, c.g.opt.Clock.Now(), func() {})
		<-c.inFlight
	}
}

// message runs the route of one message and sends what API Gateway has to say about it. It calls begun when the message
// is about to be handed over, or is not.
func (g *Gateway) message(c *conn, body []byte, came time.Time, begun func()) {
	defer begun()
	requestID := newID()
	key, rt := g.route(body)
	if rt == nil {
		span := c.traceBody(requestID, "", body)
		g.report(span, slog.LevelWarn, messageRefused, g.unrouted(body), about{connection: c.id, request: requestID})
		span.Reply(c.say("Forbidden", requestID))
		span.End()
		return
	}
	if !rt.limit.take(g.opt.Clock.Now()) {
		span := c.traceBody(requestID, key, body)
		g.report(span, slog.LevelWarn, messageRefused, errThrottled,
			about{status: http.StatusTooManyRequests, route: key, connection: c.id, request: requestID})
		span.Reply(c.say("Too Many Requests", requestID))
		span.End()
		return
	}
	e := event{kind: "MESSAGE", routeKey: key, requestID: requestID, messageID: newID(), now: came}
	ctx, cancel := context.WithTimeout(g.ctx, rt.timeout)
	defer cancel()
	if rt.mapping != nil {
		begun()
		span := c.traceBody(requestID, key, body)
		defer span.End()
		g.messageMapped(trace.With(ctx, span), span, rt, c, e, body)
		return
	}
	input := c.messageEvent(e, body)
	span := c.traceMessage(e, body, input)
	defer span.End()
	begun()
	answer, err := rt.function.Invoke(trace.With(ctx, span), input)
	switch {
	case g.ctx.Err() != nil: // localdev is ending
	case err != nil:
		g.messageFailed(span, rt, c, e, err)
	case isStatus(answer) && stray(answer) != "":
		g.report(span, slog.LevelWarn, integrationFailed, malformed(answer), rt.about(c, e))
		span.Reply(c.say("Internal server error", requestID))
	case g.opt.Switches.ErrorFrame && isFailure(answer):
		g.heard(span, answer, rt.about(c, e))
		span.Reply(c.say("Internal server error", requestID))
	case !rt.response:
		g.unheard(span, answer, rt.about(c, e))
	default:
		reply, ok := replyBody(answer)
		if !ok {
			g.report(span, slog.LevelWarn, integrationFailed, unfit(answer), rt.about(c, e))
			span.Reply(c.say("Internal server error", requestID))
			return
		}
		g.heard(span, answer, rt.about(c, e))
		if len(reply) > maxMessage {
			g.complain(slog.LevelWarn, "odd answer", tooLong(len(reply)), rt.about(c, e))
		}
		c.deliver(reply)
		span.Reply(reply)
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

// say sends a frame of API Gateway's own and returns it. The spacing is what it looks like on AWS.
func (c *conn) say(text, requestID string) []byte {
	frame := []byte(`{"message": "` + text + `", "connectionId":"` + c.id + `", "requestId":"` + requestID + `"}`)
	c.deliver(frame)
	return frame
}

// deliver sends a text message to the client.
func (c *conn) deliver(payload []byte) sendResult {
	buf := c.g.buffer()
	defer c.g.buffers.Put(buf)
	*buf = appendText((*buf)[:0], payload)
	at := c.g.opt.Clock.Milli() // before: who has got the message may move the clock at once
	result := c.send(*buf, &payload)
	if result == accepted {
		c.active(at)
	}
	return result
}
