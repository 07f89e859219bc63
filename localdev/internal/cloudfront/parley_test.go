package cloudfront_test

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
)

// parley is the front door that this project deploys, for the stage prod.
func parley(t testing.TB) *world {
	t.Helper()
	code, err := os.ReadFile("../../../infra/frontdoor.js")
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, strings.ReplaceAll(string(code), "${StageName}", "prod"))
	w.door.Methods = []string{"GET", "HEAD", "OPTIONS"}
	return w
}

func TestParleyTakesHandshakesOnAnyPath(t *testing.T) {
	t.Parallel()
	w := parley(t)
	for _, tt := range []struct{ url, want string }{
		{"/", "/prod?path=%2F"},
		{"/peerjs?key=peerjs&id=alice&token=t&version=1.5.5", "/prod?key=peerjs&id=alice&token=t&version=1.5.5&path=%2Fpeerjs"},
		{"/myapp/peerjs?key=k", "/prod?key=k&path=%2Fmyapp%2Fpeerjs"},
		{"/socket.io/?EIO=4&transport=websocket", "/prod?EIO=4&transport=websocket&path=%2Fsocket.io%2F"},
		{"/prod/peerjs?a=b", "/prod?a=b&path=%2Fprod%2Fpeerjs"},
		{"/peerjs/id?key=k", "/prod?key=k&path=%2Fpeerjs%2Fid"},
		// What is repeated, empty or odd stays as it is and where it is.
		{"/x?a=1&a=2&b&c=&=d&A=3", "/prod?a=1&a=2&b&c=&=d&A=3&path=%2Fx"},
		{"/x?q=a%26b%3Dc+d&r=%C3%A9&s=a=b?c/d", "/prod?q=a%26b%3Dc+d&r=%C3%A9&s=a=b?c/d&path=%2Fx"},
		{"/x?", "/prod?path=%2Fx"},
		{"/x?&&a=1&", "/prod?a=1&path=%2Fx"},
		{"/x?__proto__=1&constructor=2&hasOwnProperty=3", "/prod?__proto__=1&constructor=2&hasOwnProperty=3&path=%2Fx"},
		// A client cannot say another path.
		{"/x?path=/admin", "/prod?path=%2Fx"},
		{"/x?path=/a&a=1&path=/b&path", "/prod?a=1&path=%2Fx"},
		{"/x?p%61th=/admin&%70%61%74%68=/b&path%3D=2", "/prod?path%3D=2&path=%2Fx"},
		{"/x?PATH=1&path2=2&xpath=3&path[]=4", "/prod?PATH=1&path2=2&xpath=3&path[]=4&path=%2Fx"},
		{"/x?a=path=/y", "/prod?a=path=/y&path=%2Fx"},
		{"/x?%=1&%zz=2&p%61th%=3", "/prod?%=1&%zz=2&p%61th%=3&path=%2Fx"},
		// The path comes whole, as it was sent.
		{"/a%2Fb", "/prod?path=%2Fa%252Fb"},
		{"/..%2f..%2fprod", "/prod?path=%2F..%252f..%252fprod"},
		{"/../../etc/passwd", "/prod?path=%2F..%2F..%2Fetc%2Fpasswd"},
		{"//evil.example/x", "/prod?path=%2F%2Fevil.example%2Fx"},
		{"/a&path=/b?c=d", "/prod?c=d&path=%2Fa%26path%3D%2Fb"},
		{"/a%3Fpath=1%23", "/prod?path=%2Fa%253Fpath%3D1%2523"},
		{"/%E2%98%83/%F0%9F%98%80", "/prod?path=%2F%25E2%2598%2583%2F%25F0%259F%2598%2580"},
		{"/%FF%00", "/prod?path=%2F%25FF%2500"},
		{"/" + strings.Repeat("long/", 1500), "/prod?path=%2F" + strings.Repeat("long%2F", 1500)},
		{"/x?q=" + strings.Repeat("y", 7000), "/prod?q=" + strings.Repeat("y", 7000) + "&path=%2Fx"},
	} {
		if got := w.ask(http.MethodGet, tt.url, "Sec-WebSocket-Key", "k"); got.forwarded != tt.want || got.Code != http.StatusTeapot {
			t.Errorf("%.200s: got %d %.300q, want %.300q", tt.url, got.Code, got.forwarded, tt.want)
		}
	}
}

func TestParleyAnswersWhatClientsAskByHTTP(t *testing.T) {
	t.Parallel()
	w := parley(t)
	const id = `^[A-Za-z0-9]+(?:[ _-][A-Za-z0-9]+)*$` // PeerJS's own rule
	for _, tt := range []struct {
		method, url string
		status      int
		want        string
	}{
		{"GET", "/peerjs/id?ts=17641.5&version=1.5.5", 200, id},
		{"GET", "/myapp/peerjs/id", 200, id},
		{"GET", "/a/b/c/key/id", 200, id},
		{"GET", "/a%2Fb/id", 200, id},
		{"HEAD", "/peerjs/id", 200, "^$"},
		{"GET", "/peerjs/peers?ts=1", 404, "lists no peers"},
		{"GET", "/myapp/peerjs/peers", 404, "lists no peers"},
		{"GET", "/id", 404, "This is Parley"},
		{"GET", "//id", 404, "This is Parley"},
		{"GET", "/peerjs/id/", 404, "This is Parley"},
		{"GET", "/peerjs/ids", 404, "This is Parley"},
		{"GET", "/peerjs%2Fid", 404, "This is Parley"},
		{"GET", "/peerjs/ID", 404, "This is Parley"},
		{"GET", "/socket.io/?EIO=4&transport=polling&t=abc", 400, `transports: \[.*websocket`},
		{"GET", "/myapp/?transport=polling", 400, `transports: \[.*websocket`},
		{"GET", "/socket.io/?EIO=4&xtransport=pollingx", 404, "This is Parley"},
		{"GET", "/", 200, "This is Parley"},
		{"HEAD", "/", 200, "^$"},
		{"GET", "/?<script>alert(1)</script>", 200, "This is Parley"},
		{"GET", "/favicon.ico", 404, "This is Parley"},
		{"GET", "/" + strings.Repeat("x/", 4000), 404, "This is Parley"},
		{"OPTIONS", "/peerjs/id", 204, "^$"},
	} {
		got := w.ask(tt.method, tt.url, "Origin", "https://app.example")
		if body := got.Body.String(); got.Code != tt.status || !regexp.MustCompile(tt.want).MatchString(body) || got.forwarded != "" {
			t.Errorf("%s %.100s: got %d %q, forwarded %q, want %d and %s", tt.method, tt.url, got.Code, body, got.forwarded, tt.status, tt.want)
		}
		h := got.Header()
		if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Cache-Control") != "no-store" ||
			tt.status != 204 && tt.status != 400 && h.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s %.100s: got the headers %v", tt.method, tt.url, h)
		}
	}
	polled := w.ask(http.MethodGet, "/socket.io/?EIO=4&transport=polling")
	var said struct { // as other servers of Socket.IO say it
		Code    int
		Message string
	}
	if err := json.Unmarshal(polled.Body.Bytes(), &said); err != nil || said.Code != 3 || !strings.HasSuffix(said.Message, `transports: ["websocket"] })`) ||
		polled.Header().Get("Content-Type") != "application/json" {
		t.Errorf("polling: got %s, %v, %v", polled.Body, polled.Header(), err)
	}
	if allowed := w.ask(http.MethodOptions, "/", "Origin", "https://app.example").Header().Get("Access-Control-Allow-Methods"); allowed != "GET, HEAD, OPTIONS" {
		t.Errorf("a preflight is allowed %q", allowed)
	}
	w.door.Methods = append(w.door.Methods, http.MethodPut)
	if got := w.ask(http.MethodPut, "/peerjs/id"); got.Code != 405 || got.Header().Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("PUT: got %d %v", got.Code, got.Header())
	}
}

func TestParleyNeverGivesAnIDTwice(t *testing.T) {
	t.Parallel()
	w := parley(t)
	seen := map[string]bool{}
	for range 200 {
		id := w.ask(http.MethodGet, "/peerjs/id?ts=1").Body.String()
		if len(id) < 40 || seen[id] {
			t.Fatalf("got %q", id)
		}
		seen[id] = true
	}
}

// CloudFront's runtime knows only some of what came after ES 5.1. esbuild leaves such code as it is.
func TestParleyIsWrittenInES5(t *testing.T) {
	t.Parallel()
	code, err := os.ReadFile("../../../infra/frontdoor.js")
	if err != nil {
		t.Fatal(err)
	}
	made := map[api.Target]string{}
	for _, target := range []api.Target{api.ES5, api.ESNext} {
		result := api.Transform(string(code), api.TransformOptions{Target: target})
		if len(result.Errors) > 0 {
			t.Fatal(result.Errors[0].Text)
		}
		made[target] = string(result.Code)
	}
	if made[api.ES5] != made[api.ESNext] {
		t.Errorf("it has syntax newer than ES 5; in ES 5 it would be\n%s", made[api.ES5])
	}
	for _, m := range regexp.MustCompile(`\b(Object|Array|String|Number|Math|Date|JSON|Promise|Map|Set|Symbol|Buffer|crypto)\.(\w+)`).FindAllString(string(code), -1) {
		if m != "Object.assign" && m != "Math.random" { // the latter in a comment
			t.Errorf("it uses %s: does CloudFront have it?", m)
		}
	}
}

// Whoever asks for no upgrade gets none, whatever else the request says.
func TestParleyKnowsAHandshakeByItsKey(t *testing.T) {
	t.Parallel()
	w := parley(t)
	if got := w.ask(http.MethodGet, "/x", "Upgrade", "websocket", "Connection", "Upgrade"); got.Code != 404 || got.forwarded != "" {
		t.Errorf("without a key: got %d, forwarded %q", got.Code, got.forwarded)
	}
}
