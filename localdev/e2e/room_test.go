package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// othersInRoom are in a room that is full with one more.
const othersInRoom = 7

// room is one room on a localdev, in which a function that is started beside it relays messages.
type room struct {
	silent, acked way    // with one socket each way
	join, leave   way    // another room, in which everybody is told
	connection    string // the sender's, as API Gateway says it
	environment   []string
}

// newRoom has two meet on a localdev whose functions are of that name, and takes over the environment of its instance.
func newRoom(b *testing.B, localdev *exec.Cmd, url string) *room {
	b.Helper()
	silent, acked := parleyWays(b, url, 1)
	var list []struct {
		ID string `json:"connectionId"`
	}
	s := stack{http: plain(url)}
	s.request(b, http.MethodGet, "/_localdev/connections", &list)
	r := &room{silent: silent[0], acked: acked[0], connection: list[0].ID} // the oldest
	from := r.silent.from
	r.join = way{from, []reading{{from, `"joined"`}}, []byte(`{"action":"join","room":"another","peer":"a"}`)}
	r.leave = way{from, []reading{{from, `"ok"`}}, []byte(`{"action":"leave","id":"1","room":"another"}`)}
	for i := range othersInRoom {
		other := open(b, url)
		join := fmt.Appendf(nil, `{"action":"join","room":"another","peer":"other%d"}`, i)
		if err := other.Write(b.Context(), websocket.MessageText, join); err != nil {
			b.Fatal(err)
		}
		readFrame(b, other) // joined
		go func() {
			for err := error(nil); err == nil; { // until it is closed
				_, _, err = other.Read(context.Background())
			}
		}()
	}
	for pid := range instances(b, localdev.Process.Pid, "localdev-MessageFunction") {
		environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err != nil {
			b.Fatal(err)
		}
		r.environment = strings.Split(strings.TrimSuffix(string(environment), "\x00"), "\x00")
	}
	return r
}

// without is the environment, but for the variables of those names.
func (r *room) without(names ...string) (environment []string) {
	for _, variable := range r.environment {
		name, _, _ := strings.Cut(variable, "=")
		left := name != "AWS_LAMBDA_RUNTIME_API"
		for _, n := range names {
			left = left && name != n
		}
		if left {
			environment = append(environment, variable)
		}
	}
	return environment
}

// direct is the environment without what has AWS's own addresses lead to a localdev.
func (r *room) direct() []string {
	return r.without("HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
}

// event is a message of the sender's as API Gateway passes it on.
func (r *room) event(b *testing.B, w way) string {
	b.Helper()
	recorded, err := os.ReadFile(filepath.Join("..", "..", "events", "message-join.json"))
	if err != nil {
		b.Fatal(err)
	}
	var event map[string]any
	if err := json.Unmarshal(recorded, &event); err != nil {
		b.Fatal(err)
	}
	about, _ := event["requestContext"].(map[string]any)
	about["connectionId"], about["requestTimeEpoch"] = r.connection, time.Now().UnixMilli()
	event["body"] = string(w.message)
	text, err := json.Marshal(event)
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// relay gives the function one event and reads what comes of it.
func (r *alone) relay(ctx context.Context, b *testing.B, event string, w way) time.Duration {
	b.Helper()
	took := r.invoke(ctx, b, event)
	if err := w.read(ctx); err != nil {
		b.Fatal(err)
	}
	return took
}

// plain is where the localdev is whose sockets have that URL.
func plain(url string) string {
	return "http" + strings.TrimSuffix(strings.TrimPrefix(url, "ws"), "/prod")
}
