package emulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func startFront(t *testing.T, options ...func(*emulator.Options)) *world {
	t.Helper()
	return start(t, append([]func(*emulator.Options){func(o *emulator.Options) { o.Template = "testdata/front.yaml" }}, options...)...)
}

// dialAt is dial at another path than the stage's.
func (w *world) dialAt(t *testing.T, pathAndQuery string) *client {
	t.Helper()
	there := &emulator.Emulator{Addr: w.Addr, APIs: []emulator.API{{URL: "ws://" + w.Addr + pathAndQuery}}}
	return (&world{there, t, w.log}).dial("")
}

func TestFrontDoor(t *testing.T) {
	w := startFront(t)
	run(t, "a handshake on any path gets to the API as the function rewrites it", func(t *testing.T) {
		c := w.dialAt(t, "/any/path?a=1&b=2&a=3")
		e := decode[map[string]any](t, w.kept(c.id, "CONNECT"))
		if got := fmt.Sprint(e["multiValueQueryStringParameters"]); got != "map[a:[1 3] b:[2] from:[/any/path]]" {
			t.Errorf("got the query %s", got)
		}
	})
	run(t, "the API sees the edge's address, and the viewer's in X-Forwarded-For", func(t *testing.T) {
		c := w.dialAt(t, "/x")
		e := decode[map[string]any](t, w.kept(c.id, "CONNECT"))
		headers := e["headers"].(map[string]any)
		edge := e["requestContext"].(map[string]any)["identity"].(map[string]any)["sourceIp"].(string)
		if edge == "127.0.0.1" || headers["X-Forwarded-For"] != "127.0.0.1, "+edge || headers["User-Agent"] != "test/1.0" ||
			!strings.HasSuffix(fmt.Sprint(headers["Host"]), ".execute-api.us-east-1.amazonaws.com") || headers["Via"] == nil {
			t.Errorf("got %v from %s", headers, edge)
		}
	})
	run(t, "the function answers, pages of others too", func(t *testing.T) {
		for _, path := range []string{"/peerjs/id", "/main.js", "/a/", "/livelier", "/favicon.ico"} {
			resp, body := w.http("GET", path, "", "Origin", "https://example.org")
			if resp.StatusCode != 200 || body != "GET at the door" || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s: got %s %q %v", path, resp.Status, body, resp.Header)
			}
		}
	})
	run(t, "what is not the distribution's is none of its business", func(t *testing.T) {
		for _, tt := range []struct {
			method, path string
			headers      []string
			want         int
		}{
			{"GET", "/", nil, 200},
			{"GET", "/_localdev/apis", nil, 200},
			{"GET", "/_localdev/nothing", nil, 404},
			{"GET", "/live", nil, 426},
			{"GET", "/live/deeper", nil, 403},
			{"GET", "/live/@connections/AAAAAAAAAAAAAAA=", nil, 410},
			{"GET", "/dev/@connections/AAAAAAAAAAAAAAA=", nil, 403},
			{"GET", "/2015-03-31/functions/x", nil, 404},
			{"GET", "/", []string{"Origin", "https://example.org"}, 403},
			{"OPTIONS", "/", []string{"Origin", "https://example.org"}, 403},
			{"GET", "/_localdev/apis", []string{"Origin", "https://example.org"}, 403},
			{"POST", "/x", []string{"X-Amz-Target", "DynamoDB_20120810.ListTables", "Origin", "https://example.org"}, 403},
		} {
			resp, body := w.http(tt.method, tt.path, "", tt.headers...)
			if resp.StatusCode != tt.want || strings.Contains(body, "at the door") {
				t.Errorf("%s %s %v: got %s %.100q, want %d", tt.method, tt.path, tt.headers, resp.Status, body, tt.want)
			}
		}
	})
	run(t, "a method that the behaviour does not allow is 403", func(t *testing.T) {
		if resp, body := w.http("POST", "/x", ""); resp.StatusCode != 403 || !strings.Contains(body, "AllowedMethods") {
			t.Errorf("got %s %q", resp.Status, body)
		}
	})
	run(t, "a function that fails is 503", func(t *testing.T) {
		resp, body := w.http("GET", "/throw", "", "Origin", "https://example.org")
		if resp.StatusCode != 503 || !strings.Contains(body, "localdev's log says why") || !strings.Contains(w.log.String(), "Error: on purpose") {
			t.Errorf("got %s %q", resp.Status, body)
		}
		if resp, _ := w.handshake("/throw"); resp.StatusCode != 503 {
			t.Errorf("a handshake: got %s", resp.Status)
		}
	})
	run(t, "a path that the API does not have is 403", func(t *testing.T) {
		if resp, body := w.handshake("/elsewhere"); resp.StatusCode != 403 || !strings.Contains(body, `{"message":"Forbidden"}`) {
			t.Errorf("got %s %s", resp.Status, body)
		}
	})
	run(t, "a URL that is too long for the API is 414", func(t *testing.T) {
		if resp, _ := w.handshake("/" + strings.Repeat("x", 4100)); resp.StatusCode != http.StatusRequestURITooLong {
			t.Errorf("got %s", resp.Status)
		}
	})
	if !strings.Contains(w.log.String(), `text="asked for /peerjs/id"`) {
		t.Error("what the function logs is lost")
	}
	if n := strings.Count(w.log.String(), "the API's own address would refuse it"); n != 1 {
		t.Errorf("it is said %d times that a path is the front door's alone", n)
	}
}

func TestFrontDoorCutsWhoHearsNothing(t *testing.T) {
	w := startFront(t)
	direct, silent, loud := w.dial(""), w.dialAt(t, "/x"), w.dialAt(t, "/y")
	hears := func(c *client) {
		t.Helper()
		c.send("no route has this")
		if got := c.text(); !strings.Contains(got, "Forbidden") {
			t.Fatalf("got %s", got)
		}
	}
	w.advance("6m")
	for _, c := range []*client{direct, silent} { // what they send keeps them at API Gateway
		c.send(`{"action":"quiet"}`)
		w.kept(c.id, "MESSAGE")
	}
	hears(loud)
	w.advance("5m")
	silent.eof() // no close frame
	if e := w.kept(silent.id, "DISCONNECT"); !strings.Contains(e, `"disconnectStatusCode":1006`) {
		t.Errorf("got %s", e)
	}
	hears(direct)
	hears(loud)
}

func TestFrontDoorShut(t *testing.T) {
	w := startFront(t, func(o *emulator.Options) { o.NoFront = true })
	if resp, body := w.handshake("/x"); resp.StatusCode != 403 || !strings.Contains(body, `{"message":"Forbidden"}`) {
		t.Errorf("a handshake: got %s %s", resp.Status, body)
	}
	if resp, _ := w.http("GET", "/peerjs/id", ""); resp.StatusCode != 404 {
		t.Errorf("GET: got %s", resp.Status)
	}
	if resp, _ := w.http("GET", "/peerjs/id", "", "Origin", "https://example.org"); resp.StatusCode != 403 {
		t.Errorf("GET from another page: got %s", resp.Status)
	}
}

func TestFrontDoorThatDoesNotCompile(t *testing.T) {
	w := startFront(t, func(o *emulator.Options) { o.Parameters = map[string]string{"Broken": "import cf from 'cloudfront';"} })
	if !strings.Contains(w.log.String(), "localdev cannot run this function") {
		t.Error("nothing is said of it")
	}
	if resp, _ := w.handshake("/live"); resp.StatusCode != 101 {
		t.Errorf("the API itself: got %s", resp.Status)
	}
}
