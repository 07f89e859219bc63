package e2e_test

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// get asks as a page of somebody else's would.
func (s *stack) get(t *testing.T, path string) (status int, header http.Header, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.http+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://app.example")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(text)
}

// TestFrontDoor: clients with paths of their own find the service as they would behind CloudFront.
func TestFrontDoor(t *testing.T) {
	s := start(t)
	address := strings.Replace(s.http, "http:", "ws:", 1)
	for url, want := range map[string]map[string]string{
		"/socket.io/?EIO=4&transport=websocket": {"EIO": "4", "transport": "websocket", "path": "/socket.io/"},
		"/peerjs?key=peerjs&id=alice&token=t&version=1.5.5": {
			"key": "peerjs", "id": "alice", "token": "t", "version": "1.5.5", "path": "/peerjs",
		},
		"/myapp/peerjs?key=peerjs&id=bob&path=/lie": {"key": "peerjs", "id": "bob", "path": "/myapp/peerjs"},
		"/":      {"path": "/"},
		"/a%2Fb": {"path": "/a%2Fb"},
	} {
		dial(t, address+url)
		if all := s.handshakes(t); !slices.ContainsFunc(all, func(q map[string]string) bool { return maps.Equal(q, want) }) {
			t.Errorf("%s: no handshake came with %v, but %v", url, want, all)
		}
	}
	// Whoever comes directly meets who came through it.
	through, direct := dial(t, address+"/some/where"), dial(t, s.ws)
	through.join("both", "alice")
	direct.join("both", "bob")
	if f := through.next("peer-joined"); f.Peer != "bob" {
		t.Errorf("got %+v", f)
	}
	id := regexp.MustCompile(`^[A-Za-z0-9]+(?:[ _-][A-Za-z0-9]+)*$`) // PeerJS's own rule
	for _, tt := range []struct {
		path   string
		status int
		body   *regexp.Regexp
	}{
		{"/peerjs/id?ts=17641&version=1.5.5", 200, id},
		{"/myapp/peerjs/id", 200, id},
		{"/peerjs/peers", 404, regexp.MustCompile("lists no peers")},
		{"/socket.io/?EIO=4&transport=polling", 400, regexp.MustCompile("websocket")},
		{"/nothing", 404, regexp.MustCompile("This is Parley")},
	} {
		status, header, body := s.get(t, tt.path)
		if status != tt.status || !tt.body.MatchString(body) || header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: got %d %q %v", tt.path, status, body, header)
		}
	}
	for _, path := range []string{"/", "/main.js", "/style.css"} { // the demo's
		s.request(t, http.MethodGet, path, nil)
		if status, _, _ := s.get(t, path); status != http.StatusForbidden {
			t.Errorf("%s for another page: got %d", path, status)
		}
	}
}

// handshakes are the queries of all $connect events.
func (s *stack) handshakes(t *testing.T) (queries []map[string]string) {
	t.Helper()
	var spans []struct {
		Kind  string
		Event struct{ QueryStringParameters map[string]string }
	}
	s.request(t, http.MethodGet, "/_localdev/trace", &spans)
	for _, span := range spans {
		if span.Kind == "connect" {
			queries = append(queries, span.Event.QueryStringParameters)
		}
	}
	return queries
}

func TestWithoutTheFrontDoor(t *testing.T) {
	e, err := emulator.Start(context.Background(), emulator.Options{
		Template: "../../template.yaml", NoFront: true, Maps: []string{"prod/peerjs"},
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})), Output: functionLog{t},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	for path, want := range map[string]int{"/peerjs": 403, "/myapp/peerjs": 403, "/": 403, "/prod/peerjs": 101, "/prod": 101} {
		if status, _ := handshake(t, "ws://"+e.Addr+path+"?key=peerjs", nil); status != want {
			t.Errorf("%s: got %d, want %d", path, status, want)
		}
	}
	s := &stack{http: "http://" + e.Addr}
	if status, _, body := s.get(t, "/peerjs/id"); status != http.StatusForbidden {
		t.Errorf("GET: got %d %q", status, body)
	}
}
