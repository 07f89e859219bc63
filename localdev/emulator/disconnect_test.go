package emulator_test

import (
	"testing"

	"github.com/gobwas/ws"
)

type disconnected struct {
	RequestContext struct {
		DisconnectStatusCode int
		DisconnectReason     string
	}
}

func TestDisconnectEvent(t *testing.T) {
	w := start(t)
	c := w.dial("")
	c.frame(ws.OpClose, true, ws.NewCloseFrameBody(4000, "done"))
	e := decode[map[string]any](t, w.kept(c.id, "DISCONNECT"))
	wantKeys(t, e, "headers", "multiValueHeaders", "requestContext", "isBase64Encoded")
	wantKeys(t, e["headers"].(map[string]any), "Host", "x-api-key", "X-Forwarded-For", "x-restapi")
	context := e["requestContext"].(map[string]any)
	wantKeys(t, context, "routeKey", "disconnectStatusCode", "eventType", "extendedRequestId", "requestTime", "messageDirection",
		"disconnectReason", "stage", "connectedAt", "requestTimeEpoch", "identity", "requestId", "domainName", "connectionId", "apiId")
	wantForms(t, context)
	if context["disconnectStatusCode"] != float64(4000) || context["disconnectReason"] != "done" || context["routeKey"] != "$disconnect" {
		t.Errorf("got %v", context)
	}
}

func TestWaysToEnd(t *testing.T) {
	w := start(t)
	for _, tt := range []struct {
		name         string
		byServer     bool
		end          func(c *client)
		clientCode   int // that the client sees; 0 for a broken socket
		clientReason string
		code         int // of $disconnect
		reason       string
	}{
		{
			name: "client closes without a status", end: func(c *client) { c.frame(ws.OpClose, true, nil) },
			clientCode: 1005, code: 1005, reason: "Client-side close frame status not set",
		},
		{
			name: "client closes with code and reason", end: func(c *client) { c.frame(ws.OpClose, true, ws.NewCloseFrameBody(1000, "bye")) },
			clientCode: 1000, clientReason: "bye", code: 1000, reason: "bye",
		},
		{
			name: "browser tab closed", end: func(c *client) { c.frame(ws.OpClose, true, ws.NewCloseFrameBody(1001, "")) },
			clientCode: 1001, code: 1001,
		},
		{name: "socket breaks", end: func(c *client) { c.conn.Close() }, code: 1006},
		{
			byServer: true, name: "DELETE @connections", end: func(c *client) { w.http("DELETE", "/prod/@connections/"+c.id, "") },
			clientCode: 1000, clientReason: "Connection Closed Normally", code: 1000, reason: "Connection Closed Normally",
		},
		{
			byServer: true, name: "DELETE of the console", end: func(c *client) { w.http("DELETE", "/_localdev/connections/"+c.id, "") },
			clientCode: 1000, clientReason: "Connection Closed Normally", code: 1000, reason: "Connection Closed Normally",
		},
		{
			byServer: true, name: "10 minutes idle", end: func(*client) { w.advance("10m") },
			clientCode: 1001, clientReason: "Going away", code: 1001, reason: "Going away",
		},
	} {
		run(t, tt.name, func(t *testing.T) {
			c := w.dial("")
			c.t = t
			tt.end(c)
			if tt.clientCode != 0 {
				if code, reason := c.closed(); code != tt.clientCode || reason != tt.clientReason {
					t.Errorf("client: got %d %q, want %d %q", code, reason, tt.clientCode, tt.clientReason)
				}
				if tt.byServer { // which waits for the answer before it ends the socket
					c.frame(ws.OpClose, true, ws.NewCloseFrameBody(ws.StatusCode(tt.code), ""))
				}
				c.eof()
			}
			e := decode[disconnected](t, w.kept(c.id, "DISCONNECT")).RequestContext
			if e.DisconnectStatusCode != tt.code || e.DisconnectReason != tt.reason {
				t.Errorf("$disconnect: got %d %q, want %d %q", e.DisconnectStatusCode, e.DisconnectReason, tt.code, tt.reason)
			}
			if resp, _ := w.http("POST", "/prod/@connections/"+c.id, "x"); resp.StatusCode != 410 {
				t.Errorf("POST afterwards: got %s, want 410", resp.Status)
			}
		})
	}
}

func TestTwoHours(t *testing.T) {
	w := start(t)
	c := w.dial("")
	for range 13 { // 117 minutes, never idle for 10
		w.advance("9m")
		c.do("ask", map[string]any{"data": "here"})
		if got := c.text(); got != "here" {
			t.Fatalf("got %s", got)
		}
	}
	w.advance("3m")
	if code, reason := c.closed(); code != 1001 || reason != "Going away" {
		t.Errorf("got %d %q, want 1001", code, reason)
	}
	if n := w.bill()["connectionMinutes"].(float64); n < 120 || n > 121 {
		t.Errorf("got %v connection minutes, want 120", n)
	}
}

func TestWhatKeepsAConnection(t *testing.T) {
	w := start(t)
	run(t, "data to the client does", func(t *testing.T) {
		c := w.dial("")
		w.advance("9m")
		w.http("POST", "/prod/@connections/"+c.id, "hello")
		if got := c.text(); got != "hello" {
			t.Fatalf("got %s", got)
		}
		w.advance("9m")
		w.http("POST", "/prod/@connections/"+c.id, "again")
		if got := c.text(); got != "again" {
			t.Errorf("got %s", got)
		}
	})
	run(t, "a ping does not", func(t *testing.T) {
		c := w.dial("")
		w.advance("9m")
		c.frame(ws.OpPing, true, nil)
		if op, _ := c.next(); op != ws.OpPong {
			t.Fatalf("got opcode %x, want a pong", op)
		}
		w.advance("1m")
		if code, _ := c.closed(); code != 1001 {
			t.Errorf("got %d, want 1001", code)
		}
	})
}

func TestSilentDrop(t *testing.T) {
	w := start(t)
	lost, other := w.dial(""), w.dial("")
	if resp, body := w.http("DELETE", "/_localdev/connections/"+lost.id+"?silent=1", ""); resp.StatusCode != 204 {
		t.Fatalf("got %s %s", resp.Status, body)
	}
	lost.eof() // no close frame
	if resp, _ := w.http("POST", "/prod/@connections/"+lost.id, "x"); resp.StatusCode != 410 {
		t.Errorf("POST: got %s, want 410", resp.Status)
	}
	other.frame(ws.OpClose, true, nil)
	w.kept(other.id, "DISCONNECT")
	_, items := w.http("GET", "/_localdev/tables/Events", "")
	for _, item := range decode[[]map[string]map[string]string](t, items) {
		if item["connection"]["S"] == lost.id && item["kind"]["S"] == "DISCONNECT" {
			t.Error("$disconnect ran for a silent drop")
		}
	}
}
