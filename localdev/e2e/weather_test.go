package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// forecasts are the weather files in the documentation.
func forecasts(t *testing.T) [][]byte {
	t.Helper()
	doc, err := os.ReadFile("../../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := bytes.Cut(doc, []byte("\n## Weather\n"))
	section, _, _ = bytes.Cut(section, []byte("\n## "))
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(section, -1)
	if !found || len(blocks) < 3 {
		t.Fatalf("found %d weather files in the documentation", len(blocks))
	}
	var files [][]byte
	for _, b := range blocks {
		files = append(files, b[1])
	}
	return files
}

type report struct {
	Rules []struct {
		Name, On string
		Matched  int
	}
}

func TestDocumentedWeather(t *testing.T) {
	for _, file := range forecasts(t) {
		title, _, _ := strings.Cut(string(file), "\n")
		t.Run(strings.Trim(title, "# ."), func(t *testing.T) { survive(t, start(t), string(file)) })
	}
}

// TestEachFault has each fault alone strike one service again and again.
func TestEachFault(t *testing.T) {
	s := start(t)
	for _, fault := range []string{
		"lose-disconnect", "cut", "gone", "reorder, delay: 50ms", "push-delay, delay: 50ms", "push-slow, delay: 50ms",
		"push-drop", "push-410", "push-429", "push-500", "throttle", "conflict", "db-error", "db-error, after: true", "stale",
		"timeout, delay: 50ms", "timeout, delay: 50ms, after: true", "crash", "crash, after: true", "cold-start", "clock-jump, by: 3h",
	} {
		t.Run(fault, func(t *testing.T) { survive(t, s, "seed: 5\nrules: [{every: 4, fault: "+fault+"}]") })
	}
}

// survive lets four peers call in bad weather. What then goes wrong is theirs; but afterwards all is as if nothing had been.
func survive(t *testing.T, s *stack, forecast string) {
	t.Helper()
	post(t, s, "/_localdev/weather", forecast)
	room := strings.ReplaceAll(t.Name(), "/", ".")
	room = regexp.MustCompile("[^A-Za-z.]").ReplaceAllString(room, "")
	peers := make([]*websocket.Conn, 4)
	for i := range peers {
		peers[i] = inStorm(t, s)
		say(t, peers[i], `{"action":"join","room":%q,"peer":"p%d"}`, room, i)
	}
	for i, p := range peers { // some of it fails, as it should
		say(t, p, `{"action":"signal","room":%q,"to":"p%d","data":1}`, room, (i+1)%len(peers))
		say(t, p, `{"action":"broadcast","room":%q,"data":2}`, room)
	}
	allMatch(t, s, func(on string) bool { return on != "disconnect" })
	for _, p := range peers {
		_ = p.CloseNow()
	}
	allMatch(t, s, func(string) bool { return true })
	s.request(t, http.MethodDelete, "/_localdev/weather", nil)

	alice, bob := dial(t, s.ws), dial(t, s.ws) // the sky is blue again
	alice.join(room+"after", "alice")
	bob.join(room+"after", "bob")
	alice.next("peer-joined")
	bob.send(`{"action":"signal","room":%q,"to":"alice","data":3}`, room+"after")
	alice.next("signal")
	alice.close()
	bob.close()
	post(t, s, "/_localdev/clock", `{"advance":"3h"}`)
	var open []any
	if !eventually(func() bool {
		s.request(t, http.MethodGet, "/_localdev/connections", &open)
		return len(open) == 0
	}) {
		t.Fatalf("stuck: %v", open)
	}
}

// allMatch waits until each rule on such events has matched one.
func allMatch(t *testing.T, s *stack, of func(on string) bool) {
	t.Helper()
	idle := ""
	if !eventually(func() bool {
		var got report
		s.request(t, http.MethodGet, "/_localdev/weather", &got)
		idle = ""
		for _, rule := range got.Rules {
			if of(rule.On) && rule.Matched == 0 {
				idle = rule.Name
			}
		}
		return idle == ""
	}) {
		t.Fatalf("nothing ever matched %q", idle)
	}
}

// inStorm connects and reads whatever comes. The database may refuse the first tries.
func inStorm(t *testing.T, s *stack) *websocket.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var socket *websocket.Conn
	var err error
	if !eventually(func() bool {
		socket, _, err = websocket.Dial(ctx, s.ws, &websocket.DialOptions{Subprotocols: []string{"parley.v1"}})
		return err == nil
	}) {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.CloseNow() })
	go func() {
		for err := error(nil); err == nil; {
			_, _, err = socket.Read(context.Background())
		}
	}()
	return socket
}

// say sends a frame if it can; a socket may be gone by the weather.
func say(t *testing.T, socket *websocket.Conn, format string, args ...any) {
	t.Helper()
	_ = socket.Write(context.Background(), websocket.MessageText, fmt.Appendf(nil, format, args...))
}

func post(t *testing.T, s *stack, path, body string) {
	t.Helper()
	resp, err := http.Post(s.http+path, "", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("POST %s: %s", path, resp.Status)
	}
}
