package cloudfront_test

import (
	"bufio"
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-rtc/parley/localdev/internal/cloudfront"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a door with a function, and an origin that notes what it gets.
type world struct {
	t      testing.TB
	door   *cloudfront.Door
	origin *http.Request
	log    bytes.Buffer
	said   []string
}

func start(t testing.TB, code string) *world {
	t.Helper()
	w := &world{t: t}
	function, err := cloudfront.Compile("Fn", code, time.Now, func(text string) { w.said = append(w.said, text) })
	if err != nil {
		t.Fatal(err)
	}
	w.door = &cloudfront.Door{
		Function: function, Methods: []string{"GET", "HEAD"}, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
		Origin: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			w.origin = r
			rw.WriteHeader(http.StatusTeapot)
		}),
	}
	return w
}

type reply struct {
	*httptest.ResponseRecorder
	forwarded string // the path and query that the origin got; "" if it got nothing
}

func (w *world) ask(method, url string, headers ...string) reply {
	w.t.Helper()
	w.origin = nil
	// As the server reads it from the wire, not cleaned.
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(method + " " + url + " HTTP/1.1\r\nHost: d111.cloudfront.net\r\n\r\n")))
	if err != nil {
		w.t.Fatalf("%.200q: %v", url, err)
	}
	r.RemoteAddr = "198.51.100.7:1234"
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.door.ServeHTTP(rec, r)
	if w.origin == nil {
		return reply{rec, ""}
	}
	return reply{rec, w.origin.RequestURI}
}

func TestTheEventIsCloudFronts(t *testing.T) {
	t.Parallel()
	w := start(t, `function handler(event) {
		var r = event.request, raw = r.rawQueryString();
		return { statusCode: 200, body: JSON.stringify({ version: event.version, type: event.context.eventType,
			id: event.context.requestId.length, ip: event.viewer.ip, raw: raw === undefined ? 'none' : raw, r: r }) };
	}`)
	got := w.ask("GET", "/a%20b?x=1&y=%20&x=2&z", "Accept", "a", "Accept", "b", "Cookie", "c=1; d=2", "Connection", "Upgrade",
		"Upgrade", "websocket", "X-Amz-Cf-Id", "forged", "X-Real-IP", "1.2.3.4").Body.String()
	want := `{"version":"1.0","type":"viewer-request","id":56,"ip":"198.51.100.7","raw":"x=1&y=%20&x=2&z","r":{"method":"GET","uri":"/a%20b",` +
		`"querystring":{"x":{"value":"1","multiValue":[{"value":"1"},{"value":"2"}]},"y":{"value":"%20"},"z":{"value":""}},` +
		`"headers":{"host":{"value":"d111.cloudfront.net"},"accept":{"value":"a","multiValue":[{"value":"a"},{"value":"b"}]}},` +
		`"cookies":{"c":{"value":"1"},"d":{"value":"2"}}}}`
	if got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	for url, want := range map[string]string{"/": `"raw":"none"`, "/?": `"raw":""`} {
		if got := w.ask("GET", url).Body.String(); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", url, got, want)
		}
	}
}

func TestWhatAFunctionReturnsIsApplied(t *testing.T) {
	t.Parallel()
	const headers = `request.headers['x-more'] = { value: 'm' }; delete request.headers['x-less']; delete request.cookies.a;`
	for _, tt := range []struct{ name, code, want string }{
		{"as it is", `return request;`, "/a%2Fb?x=1&x=2"},
		{"another path and query", `request.uri = '/prod'; request.querystring = 'a=b&c'; return request;`, "/prod?a=b&c"},
		{"an object as the query", `request.querystring.n = { value: 'new' }; delete request.querystring.y; return request;`, "/a%2Fb?x=1&x=2&n=new"},
		{"headers and cookies", headers + `return request;`, "/a%2Fb?x=1&x=2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, "function handler(event) { var request = event.request; "+tt.code+" }")
			w.door.Prefix = "/base"
			got := w.ask("GET", "/a%2Fb?x=1&x=2", "X-Less", "l", "X-Kept", "k", "Cookie", "a=1; b=2", "Upgrade", "websocket", "X-Forwarded-For", "192.0.2.9")
			if got.Code != http.StatusTeapot || got.forwarded != "/base"+tt.want {
				t.Fatalf("got %d, forwarded %q, want %q; %s", got.Code, got.forwarded, "/base"+tt.want, &w.log)
			}
			h := w.origin.Header
			if h.Get("X-Kept") != "k" || h.Get("Upgrade") != "websocket" || h.Get("X-Forwarded-For") != "192.0.2.9, 198.51.100.7" ||
				strings.HasPrefix(w.origin.RemoteAddr, "198.51.100.7") || h.Get("X-Amz-Cf-Id") == "" || h.Get("Host") != "" {
				t.Errorf("got the headers %v from %s", h, w.origin.RemoteAddr)
			}
			changed := strings.Contains(tt.code, headers)
			if (h.Get("X-More") == "m") != changed || (h.Get("X-Less") == "") != changed || (h.Get("Cookie") == "b=2") != changed {
				t.Errorf("got the headers %v", h)
			}
		})
	}
	t.Run("a response", func(t *testing.T) {
		t.Parallel()
		w := start(t, `const handler = async (event) => { console.log('asked', event.request.uri); return {
			statusCode: 302, headers: { location: { value: '/x' }, 'x-two': { value: '1', multiValue: [{ value: '1' }, { value: '2' }] } },
			cookies: { c: { value: 'v', attributes: 'Secure' } }, body: { encoding: 'base64', data: 'aGk=' } }; };`)
		got := w.ask("GET", "/here")
		h := got.Header()
		if got.Code != 302 || got.Body.String() != "hi" || h.Get("Location") != "/x" || h.Get("Set-Cookie") != "c=v; Secure" ||
			!slices.Equal(h.Values("X-Two"), []string{"1", "2"}) || w.origin != nil {
			t.Errorf("got %d %q %v", got.Code, got.Body, h)
		}
		if len(w.said) != 1 || w.said[0] != "asked /here" {
			t.Errorf("it said %q", w.said)
		}
	})
}

func TestAFunctionThatFails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, code string
		status     int
		log        string
	}{
		{"throws", `function handler() { throw new Error('oh') }`, 503, "Error: oh"},
		{"throws nothing", `function handler() { throw null }`, 503, "null"},
		{"rejects", `async function handler() { throw new Error('oh') }`, 503, "rejected: Error: oh"},
		{"never ends", `function handler() { for (;;); }`, 503, "it ran for more than 100ms"},
		{"never ends at its start", `for (;;);`, 503, "it ran for more than 100ms"},
		{"never settles", `function handler() { return new Promise(function () {}) }`, 503, "never settled"},
		{"calls itself", `function handler(e) { return handler(e) }`, 503, "nested too deep"},
		{"has no handler", `function other() {}`, 503, "handler is not defined"},
		{"has a handler that is none", `var handler = 5`, 503, "handler is no function"},
		{"evaluates code", `function handler() { return eval('({})') }`, 503, "eval is not defined"},
		{"wants a module", `var c = require('crypto'); function handler() {}`, 503, "require is not defined"},
		{"returns nothing", `function handler() {}`, 503, "want a request or a response"},
		{"returns neither", `function handler() { return {} }`, 502, "neither a statusCode nor a uri"},
		{"returns a text as status", `function handler() { return { statusCode: '200' } }`, 503, "neither a request nor a response"},
		{"returns no status", `function handler() { return { statusCode: 101 } }`, 502, "statusCode 101"},
		{"returns a hidden header", `function handler() { return { statusCode: 426, headers: { upgrade: { value: 'websocket' } } } }`, 502, "header"},
		{"returns a header in capitals", `function handler() { return { statusCode: 200, headers: { Allow: { value: 'GET' } } } }`, 502, "lower case"},
		{"returns a broken body", `function handler() { return { statusCode: 200, body: { encoding: 'base64', data: '!' } } }`, 502, "body"},
		{"changes the method", `function handler(e) { e.request.method = 'POST'; return e.request }`, 502, "cannot change it"},
		{"returns another host", `function handler(e) { e.request.uri = 'https://example.org/'; return e.request }`, 502, "begins with /"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, tt.code)
			if strings.HasPrefix(tt.name, "never ends") { // which no machine is too slow for
				w.door.Function.Limit = 100 * time.Millisecond
			}
			got := w.ask("GET", "/?secret=1")
			if got.Code != tt.status || w.origin != nil || !strings.Contains(got.Body.String(), "localdev's log says why") {
				t.Errorf("got %d %q, want %d", got.Code, got.Body, tt.status)
			}
			if !strings.Contains(w.log.String(), tt.log) || strings.Contains(w.log.String(), "secret") {
				t.Errorf("got the log %s, want %q in it", &w.log, tt.log)
			}
		})
	}
}

func TestMethodsThatTheBehaviourLacks(t *testing.T) {
	t.Parallel()
	w := start(t, `function handler(e) { return e.request }`)
	if got := w.ask("POST", "/"); got.Code != http.StatusForbidden || w.origin != nil {
		t.Errorf("got %d %q", got.Code, got.Body)
	}
}

func TestCodeThatCloudFrontDoesNotTake(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"function handler( {": "Line 1:", strings.Repeat("// long\n", 1300): "10400 bytes of code: CloudFront takes at most 10240",
	} {
		if _, err := cloudfront.Compile("Fn", code, time.Now, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
