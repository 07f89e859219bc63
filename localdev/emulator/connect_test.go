package emulator_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"github.com/parley-rtc/parley/localdev/emulator"
)

var ids = regexp.MustCompile(`^[A-Za-z0-9_-]{15}=$`)

func wantKeys(t *testing.T, object map[string]any, keys ...string) {
	t.Helper()
	slices.Sort(keys)
	if got := slices.Sorted(maps.Keys(object)); !slices.Equal(got, keys) {
		t.Errorf("got keys %v, want %v", got, keys)
	}
}

// wantForms checks IDs and times of a request context.
func wantForms(t *testing.T, context map[string]any) {
	t.Helper()
	for _, key := range []string{"connectionId", "requestId"} {
		if !ids.MatchString(context[key].(string)) {
			t.Errorf("%s: got %v", key, context[key])
		}
	}
	for _, key := range []string{"connectedAt", "requestTimeEpoch"} {
		if ms, ok := context[key].(float64); !ok || ms < 1.7e12 {
			t.Errorf("%s: got %v, want a number of milliseconds", key, context[key])
		}
	}
	if got := context["requestTime"].(string); !regexp.MustCompile(`^\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000$`).MatchString(got) {
		t.Errorf("requestTime: got %s", got)
	}
}

// upgrade is a handshake by hand.
var upgrade = []string{
	"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13",
	"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==",
}

func TestConnectDecidesBeforeTheUpgrade(t *testing.T) {
	w := start(t)
	for _, tt := range []struct {
		query string
		want  int
	}{
		{"status=200", 101},
		{"status=201", 101},
		{"status=204", 101},
		{"status=301", 301},
		{"status=401", 401},
		{"status=403", 403},
		{"status=404", 404},
		{"status=501", 501},
		{"do=exit", 502},
		{"do=panic", 502},
		{"do=error", 502},
		{"do=string", 502},
		{"status=42", 502},
		{"do=post", 101}, // a POST to oneself inside $connect is 410: the connection is not open
	} {
		run(t, tt.query, func(t *testing.T) {
			resp, body := (&world{w.Emulator, t, w.log}).handshake("/prod?" + tt.query)
			if resp.StatusCode != tt.want {
				t.Errorf("got %s %s, want %d", resp.Status, body, tt.want)
			}
		})
	}
	if n := w.bill()["connections"].(float64); n != 4 {
		t.Errorf("got %v connections on the bill, want the 4 that opened", n)
	}
	run(t, "do=sleep", func(t *testing.T) {
		if resp, body := start(t, hurried).handshake("/prod?do=sleep"); resp.StatusCode != 504 {
			t.Errorf("got %s %s, want 504", resp.Status, body)
		}
	})
}

// hurried gives $connect no time: whoever dials is refused.
func hurried(o *emulator.Options) { o.Parameters = map[string]string{"ConnectTimeout": "100"} }

// handshake asks for an upgrade and hangs up after the answer.
func (w *world) handshake(path string, headers ...string) (*http.Response, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), "GET", "http://"+w.Addr+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	all := slices.Concat(upgrade, headers)
	for i := 0; i < len(all); i += 2 {
		req.Header.Set(all[i], all[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return resp, ""
	}
	var b strings.Builder
	if err := resp.Write(&b); err != nil {
		w.t.Fatal(err)
	}
	return resp, b.String()
}

func TestHandshakePaths(t *testing.T) {
	w := start(t)
	for _, tt := range []struct {
		path string
		want int
	}{{"/prod", 101}, {"/prod/", 101}, {"/dev", 403}, {"/prod/deeper", 403}, {"/Prod", 403}, {"/", 403}, {"/prodigal", 403}} {
		resp, body := w.handshake(tt.path)
		if resp.StatusCode != tt.want {
			t.Errorf("%s: got %s, want %d", tt.path, resp.Status, tt.want)
		}
		if tt.want == 403 && !strings.Contains(body, `{"message":"Forbidden"}`) {
			t.Errorf("%s: got %s", tt.path, body)
		}
	}
	if resp, _ := w.http("GET", "/prod", ""); resp.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("GET without an upgrade: got %s, want 426", resp.Status)
	}
	if resp, _ := w.handshake("/prod", "Sec-WebSocket-Key", "short"); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a bad key: got %s, want 400", resp.Status)
	}
}

func TestSubprotocol(t *testing.T) {
	w := start(t)
	for _, tt := range []struct {
		name, query string
		offered     []string
		want        string
	}{
		{"echoed if the function answers it", "protocol=two", []string{"one", "two"}, "two"},
		{"not echoed if the function does not", "", []string{"one"}, ""},
		{"not echoed if it was not offered", "protocol=three", []string{"one", "two"}, ""},
	} {
		run(t, tt.name, func(t *testing.T) {
			resp, _ := w.handshake("/prod?"+tt.query, "Sec-WebSocket-Protocol", strings.Join(tt.offered, ", "),
				"Sec-WebSocket-Extensions", "permessage-deflate")
			if got := resp.Header.Get("Sec-WebSocket-Protocol"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := resp.Header.Get("Sec-WebSocket-Extensions"); got != "" {
				t.Errorf("accepted the extension %q", got)
			}
		})
	}
}

func TestConnectEvent(t *testing.T) {
	w := start(t)
	c := w.dial("room=a&room=b%20c", func(d *ws.Dialer) {
		d.Header = ws.HandshakeHeaderHTTP{"X-Two": {"1", "2"}, "Origin": {"https://example.org"}}
		d.Protocols = []string{"one", "two"}
	})
	e := decode[map[string]any](t, w.kept(c.id, "CONNECT"))
	wantKeys(t, e, "headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters",
		"requestContext", "isBase64Encoded")
	headers := e["headers"].(map[string]any)
	wantKeys(t, headers, "Host", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "X-Two", "Origin",
		"X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto")
	host := w.APIs[0].ID + ".execute-api.us-east-1.amazonaws.com"
	for name, want := range map[string]string{
		"Host": host, "X-Two": "2", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Port": "443",
		"X-Forwarded-Proto": "https", "Sec-WebSocket-Protocol": "one, two",
	} {
		if headers[name] != want {
			t.Errorf("%s: got %v, want %s", name, headers[name], want)
		}
	}
	if got := fmt.Sprint(e["multiValueHeaders"].(map[string]any)["X-Two"]); got != "[1 2]" {
		t.Errorf("multiValueHeaders: got %s", got)
	}
	if got := fmt.Sprint(e["queryStringParameters"], e["multiValueQueryStringParameters"]); got != "map[room:b c] map[room:[a b c]]" {
		t.Errorf("query: got %s", got)
	}
	context := e["requestContext"].(map[string]any)
	wantKeys(t, context, "routeKey", "eventType", "extendedRequestId", "requestTime", "messageDirection", "stage", "connectedAt",
		"requestTimeEpoch", "identity", "requestId", "domainName", "connectionId", "apiId")
	wantForms(t, context)
	if context["routeKey"] != "$connect" || context["eventType"] != "CONNECT" || context["connectionId"] != c.id {
		t.Errorf("got %v", context)
	}
	if got := fmt.Sprint(context["identity"]); got != "map[sourceIp:127.0.0.1]" {
		t.Errorf("identity: got %s, want no userAgent as the client sent none", got)
	}

	run(t, "without a query its keys are absent", func(t *testing.T) {
		c := w.dial("")
		wantKeys(t, decode[map[string]any](t, w.kept(c.id, "CONNECT")), "headers", "multiValueHeaders", "requestContext", "isBase64Encoded")
	})
}
