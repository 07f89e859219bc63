package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	parley "github.com/parley-rtc/parley/client/go"
	"github.com/parley-rtc/parley/client/go/internal/clienttest"
	"github.com/parley-rtc/parley/localdev/localdevtest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		http.DefaultClient.CloseIdleConnections()
		os.Exit(code)
	}))
}

// patience is no measure of speed.
const patience = 2 * time.Minute

// overtaxed is what API Gateway says of a function that took longer than it may: on this machine, for
// which no test can answer.
const overtaxed = "trouble internal: Internal server error"

// startLocaldev runs Parley as it is deployed, but with functions that may take long: how long they do
// is for this machine to decide, and what they leave undone then may cost a seat.
func startLocaldev(t *testing.T, env map[string]string) *localdevtest.Localdev {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(raw), "    Timeout: 10\n", "    Timeout: 28\n", 1)
	text = strings.ReplaceAll(text, "GoPackage: functions/", "GoPackage: "+root+"/functions/")
	folder := t.TempDir()
	for _, shared := range []string{".localdev", "localdev"} { // what is compiled once
		if err := os.MkdirAll(filepath.Join(root, shared), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(root, shared), filepath.Join(folder, shared)); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(folder, "template.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return localdevtest.Start(t, localdevtest.Options{Template: file, Env: env})
}

// caller is one side of a call, over a real socket. localdev knows its connections by the agent.
type caller struct {
	t         *testing.T
	server    *localdevtest.Localdev
	transport *parley.Transport
	room      *parley.Room
	agent     string
	done      sync.WaitGroup

	mu    sync.Mutex
	heard []string // what the mate sent, as it was delivered
	seen  []string // what the application saw, without signals
	news  chan struct{}
}

func dial(t *testing.T, server *localdevtest.Localdev, agent string, opt parley.Options) *parley.Transport {
	t.Helper()
	opt.Header = http.Header{"User-Agent": {agent}}
	if opt.Timeout == 0 {
		opt.Timeout = time.Minute // nor is how soon there is an answer
	}
	conn, err := parley.Dial(t.Context(), server.URL, &opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func join(t *testing.T, server *localdevtest.Localdev, room, name string, opt parley.Options) *caller {
	t.Helper()
	c := &caller{t: t, server: server, agent: room + "/" + name, news: make(chan struct{}, 1)}
	c.transport = dial(t, server, c.agent, opt)
	var err error
	if c.room, err = c.transport.Join(t.Context(), room, &parley.JoinOptions{Name: name}); err != nil {
		t.Fatal(err)
	}
	c.done.Go(c.listen)
	return c
}

func (c *caller) listen() {
	for event := range c.room.Events(context.Background()) {
		c.mu.Lock()
		switch e := event.(type) {
		case parley.Signal:
			c.heard = append(c.heard, string(e.Data))
		case parley.Trouble:
			c.seen = append(c.seen, fmt.Sprint("trouble ", e.Err))
		case parley.PeerJoined:
			c.seen = append(c.seen, "joined "+e.Peer.Name)
		default:
			c.seen = append(c.seen, fmt.Sprintf("%T", event))
		}
		c.mu.Unlock()
		select {
		case c.news <- struct{}{}:
		default:
		}
	}
}

// hears waits for so many signals and returns them.
func (c *caller) hears(n int) []string {
	c.t.Helper()
	late := time.After(patience)
	for {
		c.mu.Lock()
		heard := slices.Clone(c.heard)
		c.mu.Unlock()
		if len(heard) >= n {
			return heard
		}
		select {
		case <-c.news:
		case <-late:
			c.t.Errorf("%s heard %d signals, want %d", c.agent, len(heard), n)
			return heard
		}
	}
}

// sees waits until what it has seen fits.
func (c *caller) sees(what string) {
	c.t.Helper()
	late := time.After(patience)
	for {
		c.mu.Lock()
		there := slices.Contains(c.seen, what)
		c.mu.Unlock()
		if there {
			return
		}
		select {
		case <-c.news:
		case <-late:
			c.t.Fatalf("%s never saw %q", c.agent, what)
		}
	}
}

// saw returns what it has seen so far, and forgets it.
func (c *caller) saw() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := c.seen
	c.seen = nil
	return seen
}

// connections are those that localdev has of it, the oldest first.
func (c *caller) connections() []localdevtest.Connection {
	others := func(one localdevtest.Connection) bool { return one.UserAgent != c.agent }
	return slices.DeleteFunc(c.server.Connections(), others)
}

func (c *caller) close() {
	c.room.Leave(context.Background())
	c.done.Wait()
	c.transport.Close()
}

// pair are two in a room of their own who know of each other.
func pair(t *testing.T, server *localdevtest.Localdev, room string, opt parley.Options) (ada, bob *caller) {
	t.Helper()
	ada = join(t, server, room, "ada", opt)
	bob = join(t, server, room, "bob", opt)
	ada.sees("joined bob")
	bob.sees("joined ada")
	ada.saw()
	bob.saw()
	return ada, bob
}

func numbers(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint(i)
	}
	return all
}

var equal, object = clienttest.Equal, clienttest.Object

// cut is how a connection ends: with a $disconnect, without one, or by a cable whose other end
// still looks alive to API Gateway.
type cut string

const (
	loud   cut = ""
	silent cut = "?silent=1"
	cable  cut = "?cut=1"
)

// cut ends the newest connection; false if there is none just now.
func (c *caller) cut(how cut) bool {
	c.t.Helper()
	all := c.connections()
	if len(all) == 0 {
		return false
	}
	later := func(a, b localdevtest.Connection) int { return a.ConnectedAt.Compare(b.ConnectedAt) }
	newest := slices.MaxFunc(all, later)
	url := c.server.HTTP + "/_localdev/connections/" + url.PathEscape(newest.ID) + string(how)
	req, err := http.NewRequest(http.MethodDelete, url, nil)
	if err != nil {
		c.t.Error(err)
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Error(err)
		return false
	}
	resp.Body.Close()
	return resp.StatusCode < 300
}

// eventually waits for what nothing tells of.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	late := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("never: %s", what)
		}
	}
}
