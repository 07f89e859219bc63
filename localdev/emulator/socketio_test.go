package emulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func TestClientsOfSocketIOAreToldWhatToWrite(t *testing.T) {
	w := startFront(t, func(o *emulator.Options) { o.NoFront = true })
	const foreign = "https://app.example"
	write := `Write io("ws://` + w.Addr + `", { path: "/live", addTrailingSlash: false, transports: ["websocket"] })`
	run(t, "by an answer that the client can show, with AWS's status", func(t *testing.T) {
		for _, tt := range []struct {
			path   string
			status int
			words  []string
		}{
			{"/live?EIO=4&transport=polling&t=x", 426, []string{"HTTP polling"}},
			{"/live/?EIO=3&transport=polling", 426, []string{"HTTP polling", "ends with a slash"}},
			{"/socket.io/?EIO=4&transport=polling", 403, []string{"polling", "no stage has the path /socket.io/", "namespace"}},
			{"/live/socket.io/?EIO=4&transport=polling", 403, []string{"no stage has the path /live/socket.io/"}},
			{"/live?p=/?EIO=4&transport=polling", 426, []string{"cannot serve. Write"}},
			{"/live?transport=polling", 426, []string{"EIO is missing"}},
			{"/live?EIO=2&transport=polling", 426, []string{"EIO is not 3 or 4"}},
		} {
			resp, body := w.http("GET", tt.path, "", "Origin", foreign)
			said := decode[struct{ Message string }](t, body).Message
			for _, words := range append(tt.words, write) {
				if !strings.Contains(said, words) {
					t.Errorf("%s: got %q, want %q", tt.path, said, words)
				}
			}
			if resp.StatusCode != tt.status || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s: got %s %v", tt.path, resp.Status, resp.Header)
			}
		}
	})
	run(t, "where the handshake goes astray", func(t *testing.T) {
		resp, body := w.handshake("/socket.io/?EIO=4&transport=websocket")
		if resp.StatusCode != 403 || !strings.Contains(body, "no stage has the path /socket.io/") {
			t.Errorf("got %s %s", resp.Status, body)
		}
	})
	run(t, "by the log, where the handshake is taken", func(t *testing.T) {
		for path, words := range map[string]string{
			"/live/?EIO=4&transport=websocket": `why="the path ends with a slash, which AWS may not take (before socket.io-client 4.6`,
			"/live?EIO=2&transport=websocket":  `why="EIO is not 3 or 4`,
			"/live?transport=websocket":        `why="EIO is missing`,
		} {
			if resp, body := w.handshake(path); resp.StatusCode != 101 {
				t.Errorf("%s: got %s %s", path, resp.Status, body)
			}
			if !strings.Contains(w.log.String(), words) {
				t.Errorf("%s: the log does not say %s", path, words)
			}
		}
	})
	const polls = "this is Socket.IO's HTTP polling, which a WebSocket API of API Gateway cannot serve. Write"
	run(t, "in the log and the console once in a while, however often they try", func(t *testing.T) {
		for range 3 {
			w.http("GET", "/live?EIO=4&transport=polling&again=1", "")
		}
		if n := strings.Count(w.log.String(), `why="`+polls); n != 1 {
			t.Errorf("the log says it %d times", n)
		}
		told := 0
		_, body := w.http("GET", "/_localdev/trace", "")
		for _, s := range decode[[]traced](t, body) {
			if s.Kind == "connect" && s.Status == 426 && strings.HasPrefix(s.Failure, polls) {
				told++
			}
		}
		if told != 1 {
			t.Errorf("the console says it %d times", told)
		}
	})
	run(t, "and nobody else", func(t *testing.T) {
		for path, want := range map[string]int{
			"/live": 426, "/live?transport=websocket&EIO=4": 426, "/live/deeper": 403, "/nothing": 404,
			"/?EIO=4&transport=websocket": 200, "/live?transport=tram": 426, "/_localdev/apis?transport=polling": 200,
		} {
			if resp, body := w.http("GET", path, ""); resp.StatusCode != want || strings.Contains(body, "Socket.IO") {
				t.Errorf("%s: got %s %s, want %d", path, resp.Status, body, want)
			}
		}
		for _, path := range []string{"/live/@connections/x", "/_localdev/bill", "/2015-03-31/functions/x"} {
			resp, body := w.http("GET", path+"?transport=polling", "", "Origin", foreign)
			if resp.StatusCode != http.StatusForbidden || strings.Contains(body, "Socket.IO") {
				t.Errorf("a page of others got at %s: %s %s", path, resp.Status, body)
			}
		}
		before := strings.Count(w.log.String(), "level=WARN")
		for _, path := range []string{"/live?EIO=4&transport=websocket", "/live?p=/?EIO=3&transport=websocket"} {
			if resp, body := w.handshake(path); resp.StatusCode != 101 {
				t.Errorf("%s: got %s %s", path, resp.Status, body)
			}
		}
		if n := strings.Count(w.log.String(), "level=WARN") - before; n != 0 {
			t.Errorf("%d warnings of handshakes that are as they should be", n)
		}
	})
}
