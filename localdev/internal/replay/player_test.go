package replay

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/localdev/internal/rawhead"
)

// TestMain has many tests run at once: most of the time they wait.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err) //nolint:forbidigo // there is no test yet that could fail
	}
	m.Run()
}

// parrot is a server that sends what it gets. It refuses, greets, or ends a connection if it is told to.
func parrot(t *testing.T) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "refuse" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		var names []byte // as they are spelled, but for what every client sends
		for _, f := range rawhead.Fields(r, "Sec-Websocket-Key") {
			switch f.Name {
			case "Host", "Connection", "Upgrade", "Accept-Encoding", "Sec-WebSocket-Key", "Sec-WebSocket-Version":
			default:
				names = append(names, f.Name+"="+f.Value+" "...)
			}
		}
		socket, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer socket.CloseNow()
		if r.URL.RawQuery == "greet" {
			_ = socket.Write(r.Context(), websocket.MessageText, names)
		}
		for {
			_, text, err := socket.Read(r.Context())
			if err != nil {
				return
			}
			if string(text) == "end" {
				_ = socket.Close(4000, "told to")
				return
			}
			_ = socket.Write(r.Context(), websocket.MessageText, text)
		}
	}))
	server.Listener = rawhead.Listener{Listener: server.Listener}
	server.Config.ConnContext, server.Config.ConnState = rawhead.Context, rawhead.State
	server.Start()
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http") + "/prod"
}

func TestReplay(t *testing.T) {
	const (
		open     = `{"conn":1,"event":"open","path":"/prod"}`
		opened   = `{"conn":1,"event":"answer","status":101}`
		say1     = `{"conn":1,"event":"client","text":"1"}`
		said1    = `{"conn":1,"event":"server","text":"1"}`
		say2     = `{"conn":1,"event":"client","text":"2"}`
		said2    = `{"conn":1,"event":"server","text":"2"}`
		end      = `{"conn":1,"event":"client","text":"end"}`
		ended    = `{"conn":1,"event":"close","code":4000,"reason":"told to","by":"server"}`
		refuse   = `{"conn":1,"event":"open","path":"/prod","query":"refuse"}`
		refused  = `{"conn":1,"event":"answer","status":401}`
		greet    = `{"conn":1,"event":"open","path":"/prod","query":"greet","headers":{"x-name":["me"],"user-agent":["n"]},"protocols":["p"]}`
		greeted  = `{"conn":1,"event":"server","text":"Sec-WebSocket-Protocol=p user-agent=n x-name=me "}`
		left     = `{"conn":1,"event":"close","code":1001,"by":"client"}`
		lost     = `{"conn":1,"event":"close","code":1006,"by":"client"}`
		tooLarge = `{"conn":1,"event":"close","code":1009,"by":"limit"}`
	)
	for _, tt := range []struct {
		name  string
		lines []string
		want  string // lines of differences
	}{
		{"in turn", []string{open, opened, say1, said1, say2, said2, left}, ""},
		{"pipelined", []string{open, opened, say1, say2, said1, said2, lost}, ""},
		{"any order", []string{open, opened, say1, say2, said2, said1, tooLarge}, ""},
		{"server ends", []string{open, opened, end, ended}, ""},
		{"refused", []string{refuse, refused}, ""},
		{"headers", []string{greet, opened, greeted, left}, ""},
		{"another answer", []string{open, opened, say1, said2}, "connection 1, line 5: expected 2, got 1"},
		{"no answer", []string{open, opened, said1, say2, said2}, "connection 1, line 4: expected 1, got nothing"},
		{"one more", []string{open, opened, say1, said1, say2}, "connection 1, after line 6: expected nothing, got 2"},
		{"refused today", []string{refuse, opened, say1, said1, left}, "connection 1, line 3: expected the answer 101, got the answer 401"},
		{"not refused today", []string{open, refused}, "connection 1, line 3: expected the answer 401, got the answer 101"},
		{"ends today", []string{open, opened, end, said1, say2, said2, left}, "connection 1, line 5: expected 1, got close 4000 told to"},
		{"ends at last today", []string{open, opened, end}, "connection 1, after line 4: expected nothing, got close 4000 told to"},
		{"stays today", []string{open, opened, say1, said1, ended}, "connection 1, line 6: expected close 4000 told to, got nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "r.jsonl")
			text := strings.Join(append([]string{`{"localdevRecording":1}`}, tt.lines...), "\n")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			// How long a busy machine may take. What differs costs some of it, nothing costs all.
			target := Target{URLs: []string{parrot(t)}, Out: &out, Limit: time.Minute}
			if tt.want != "" {
				target.Limit = 10 * time.Second
			}
			if strings.Contains(tt.want, "expected nothing") {
				target.Linger = 5 * time.Second
			}
			result, err := s.Replay(t.Context(), target)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.TrimPrefix(strings.TrimSpace(out.String()), "replay: ")
			if got != tt.want || (result.Differences > 0) != (tt.want != "") {
				t.Errorf("got %q and %s, want %q", got, result, tt.want)
			}
		})
	}
}
