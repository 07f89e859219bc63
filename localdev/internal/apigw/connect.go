package apigw

import (
	"context"
	"crypto/sha1" // the handshake's, RFC 6455 section 1.3
	"encoding/base64"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-rtc/parley/localdev/internal/rawhead"
	"github.com/parley-rtc/parley/localdev/internal/rawhttp"
	"github.com/parley-rtc/parley/localdev/internal/rawjson"
	"github.com/parley-rtc/parley/localdev/internal/trace"
	"github.com/parley-rtc/parley/localdev/internal/weather"
)

func isUpgrade(r *http.Request) bool {
	return hasToken(r.Header["Connection"], "upgrade") && hasToken(r.Header["Upgrade"], "websocket")
}

func hasToken(values []string, token string) bool {
	return slices.ContainsFunc(values, func(v string) bool {
		return slices.ContainsFunc(strings.Split(v, ","), func(t string) bool {
			return strings.EqualFold(strings.TrimSpace(t), token)
		})
	})
}

// clean makes s valid UTF-8, as JSON wants it.
func clean(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// connect runs $connect and only then upgrades: what the function answers is what the client gets.
func (g *Gateway) connect(w http.ResponseWriter, r *http.Request, mount string) {
	key := r.Header.Get("Sec-Websocket-Key")
	if nonce, err := base64.StdEncoding.DecodeString(key); err != nil || len(nonce) != 16 || r.Method != http.MethodGet ||
		r.Header.Get("Sec-Websocket-Version") != "13" {
		w.Header().Set("Sec-WebSocket-Version", "13")
		message(w, http.StatusBadRequest, "Bad Request")
		return
	}
	if len(r.RequestURI) > maxURL {
		message(w, http.StatusRequestURITooLong, "Request-URI Too Long")
		return
	}
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	now := g.opt.Clock.Now()
	c := &conn{
		g: g, id: newID(), sourceIP: ip, userAgent: clean(r.UserAgent()), connectedAt: now.UnixMilli(),
		inFlight: make(chan struct{}, maxInFlight),
	}
	c.lastActive.Store(c.connectedAt)
	if r.Context().Value(viaEdge{}) != nil {
		c.lastSent.Store(c.connectedAt)
	}

	h := c.newHandshake(r, mount, now)
	if rec := g.opt.Record; rec != nil {
		rec.Handshake(c.id, g.opt.Mount, r.URL.RawQuery, h.asked)
	}
	g.opening(c.id, true)
	defer g.opening(c.id, false)
	if status, why := g.guard(c, h); status != 0 {
		c.traceRefused(status, why)
		c.recordAnswer(status, "")
		refuse(w, status)
		return
	}
	protocol := ""
	if rt, ok := g.routes["$connect"]; ok {
		answer, status := g.admit(rt, c, h)
		if status < 200 || status > 299 {
			c.recordAnswer(status, "")
			refuse(w, status)
			return
		}
		protocol = answeredProtocol(answer, r.Header["Sec-Websocket-Protocol"])
	}
	socket, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		g.opt.Log.Error("take over the socket", "err", err)
		return
	}
	c.socket = rawhttp.Bare(rawhead.Bare(socket))
	c.handle, c.in.socket = handleOf(c.socket), c.socket
	if n := buffered.Reader.Buffered(); n > 0 {
		early, _ := buffered.Peek(n) // n bytes are there
		c.in.early = slices.Clone(early)
	}
	c.recordAnswer(http.StatusSwitchingProtocols, protocol) // while nobody can send to it
	g.open(c, switching(key, protocol))
}

// admit runs $connect and returns its answer with the status for the client.
func (g *Gateway) admit(rt *route, c *conn, r *handshake) (answer []byte, status int) {
	ctx, cancel := context.WithTimeout(g.ctx, rt.timeout)
	defer cancel()
	id := newID()
	e := event{kind: "CONNECT", routeKey: "$connect", requestID: id, now: g.opt.Clock.Now()}
	input := c.connectEvent(e, r)
	span := c.traceEvent(trace.Connect, e, input)
	defer func() { span.Status(status); span.End() }()
	if rt.mapping != nil {
		return nil, g.admitMapped(trace.With(ctx, span), rt, c, e, r)
	}
	answer, err := rt.function.Invoke(trace.With(ctx, span), input)
	about := rt.about(c, e)
	if err != nil {
		return nil, g.unadmitted(span, rt, err, about)
	}
	status, ok := statusCode(answer)
	switch {
	case !ok:
		about.status = http.StatusBadGateway
		g.report(span, slog.LevelWarn, integrationFailed, malformed(answer), about)
		return nil, about.status
	case status > 299:
		level, t := refused(status)
		about.status = status
		g.report(span, level, handshakeRefused, t, about)
	case stray(answer) != "":
		t := malformed(answer)
		t.why, t.aws = t.why+", which AWS refuses in answers to messages, and may here", ""
		t.every = time.Minute
		g.complain(slog.LevelWarn, "odd answer", t, about)
	}
	return answer, status
}

// unadmitted is the status for a client whose $connect has no answer.
func (g *Gateway) unadmitted(span *trace.Span, rt *route, err error, a about) (status int) {
	a.status = http.StatusBadGateway
	if errors.Is(err, context.DeadlineExceeded) && !g.opt.Switches.Connect502 {
		a.status = http.StatusGatewayTimeout
	}
	if g.ctx.Err() == nil { // else localdev is ending
		g.report(span, slog.LevelWarn, integrationFailed, rt.unanswered(err), a)
	}
	return a.status
}

// opening notes whose $connect runs.
func (g *Gateway) opening(id string, is bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if is {
		g.pending[id] = struct{}{}
	} else {
		delete(g.pending, id)
	}
}

// isOpening reports whether $connect of a connection runs, before which there is none.
func (g *Gateway) isOpening(id string) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	_, is := g.pending[id]
	return is
}

func refuse(w http.ResponseWriter, status int) {
	switch status {
	case http.StatusBadGateway, http.StatusInternalServerError:
		message(w, status, "Internal server error")
	case http.StatusGatewayTimeout:
		message(w, status, "Endpoint request timed out")
	case http.StatusNoContent, http.StatusNotModified:
		w.WriteHeader(status)
	default:
		message(w, status, http.StatusText(status))
	}
}

// answeredProtocol returns the subprotocol to echo: the function's Sec-WebSocket-Protocol header if the client offered it.
func answeredProtocol(answer []byte, offered []string) string {
	for _, field := range []string{"headers", "multiValueHeaders"} {
		headers, _ := rawjson.Find(answer, field)
		for m := range rawjson.Object(headers) {
			if !strings.EqualFold(m.Name, "Sec-WebSocket-Protocol") {
				continue
			}
			value := m.Value
			for v := range rawjson.Array(m.Value) {
				value = v
			}
			if protocol := rawjson.Text(value); hasExactly(offered, protocol) {
				return protocol
			}
		}
	}
	return ""
}

func hasExactly(values []string, token string) bool {
	for _, v := range values {
		for _, t := range strings.Split(v, ",") {
			if t = strings.TrimSpace(t); t != "" && t == token {
				return true
			}
		}
	}
	return false
}

// switching is the answer 101. No extension is accepted, permessage-deflate neither.
func switching(key, protocol string) []byte {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	head := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n"
	if protocol != "" {
		head += "Sec-WebSocket-Protocol: " + protocol + "\r\n"
	}
	return []byte(head + "\r\n")
}

// open lets the connection exist: from now on @connections knows it.
func (g *Gateway) open(c *conn, handshake []byte) {
	g.opt.Meter.Opened(c.id)
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		g.opt.Meter.Closed(c.id)
		c.socket.Close()
		return
	}
	// Nothing may go out before the 101, which is written as if it were the first frame; c is nobody else's yet.
	c.mu.Lock()
	g.enlist(c)
	g.handlers.Add(1)
	g.mu.Unlock()
	c.push(handshake, sendTry)
	// A goroutine of its own: net/http's has a large stack by now, and its buffers.
	go func() {
		defer g.handlers.Done()
		if g.opt.Weather.Active() {
			c.hit(weather.Event{Kind: weather.Connect, Connection: c.id})
		}
		c.read()
	}()
}

// forget takes an ended connection out. Until its client has closed too, its socket lingers.
func (g *Gateway) forget(c *conn) {
	g.mu.Lock()
	g.delist(c)
	if !c.over {
		g.lingering[c] = struct{}{}
	}
	g.mu.Unlock()
	g.opt.Meter.Closed(c.id)
}

// disconnected runs $disconnect; nobody waits for its result.
func (g *Gateway) disconnected(c *conn, how ending) {
	defer g.opt.Weather.Forget(c.id)
	if g.opt.Weather.Active() && g.loses(c) {
		return
	}
	rt, ok := g.routes["$disconnect"]
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(g.ctx, rt.timeout)
	defer cancel()
	e := event{
		kind: "DISCONNECT", routeKey: "$disconnect", requestID: newID(), code: how.code, reason: clean(how.reason),
		now: g.opt.Clock.Now(),
	}
	input := c.disconnectEvent(e)
	span := c.traceEvent(trace.Disconnect, e, input)
	defer span.End()
	var answer []byte
	var err error
	if rt.mapping != nil {
		_, err = g.integrate(trace.With(ctx, span), rt, c, e, inbound{})
	} else {
		answer, err = rt.function.Invoke(trace.With(ctx, span), input)
	}
	switch {
	case g.ctx.Err() != nil: // localdev is ending
	case err != nil:
		g.report(span, slog.LevelWarn, integrationFailed, rt.unanswered(err), rt.about(c, e))
	case rt.mapping == nil:
		g.unheard(span, answer, rt.about(c, e))
	}
}
