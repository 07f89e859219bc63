package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
)

// hub is the yardstick: the least that a Go signaling server can do. It keeps the sockets of a path
// in memory and forwards every frame as it is to all the others; there is no store, no second
// process, and nothing is parsed or checked.
type hub struct {
	mu    sync.Mutex
	rooms map[string]*hubRoom
}

type hubRoom struct {
	mu      sync.Mutex
	sockets []*websocket.Conn
}

// asHub has the test's own binary be the hub, until its stdin ends.
const asHub = "PARLEY_TEST_HUB"

// echoPath is where a hub of its own process sends everything back.
const echoPath = "/echo"

func TestMain(m *testing.M) {
	if os.Getenv(asHub) == "" {
		os.Exit(m.Run())
	}
	bare := http.NewServeMux()
	bare.Handle("/", &hub{rooms: map[string]*hubRoom{}})
	bare.HandleFunc(echoPath, echo)
	server := httptest.NewServer(bare)
	fmt.Fprintln(os.Stdout, "ready ws"+strings.TrimPrefix(server.URL, "http"))
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// startHub starts the yardstick in this process.
func startHub(t testing.TB) (url string) {
	t.Helper()
	server := httptest.NewServer(&hub{rooms: map[string]*hubRoom{}})
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

// hubProcess starts the yardstick in a process of its own.
func hubProcess(b *testing.B) (process *exec.Cmd, url string) {
	b.Helper()
	binary, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	process = exec.CommandContext(b.Context(), binary)
	process.Env = append(os.Environ(), asHub+"=1")
	stdin, err := process.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	url = ready(b, process)
	b.Cleanup(func() {
		_ = stdin.Close()
		_ = process.Wait() // by the context, if that was first
	})
	return process, url
}

func (h *hub) room(path string) *hubRoom {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[path] == nil {
		h.rooms[path] = &hubRoom{}
	}
	return h.rooms[path]
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	socket, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer socket.CloseNow()
	room := h.room(r.URL.Path)
	room.mu.Lock()
	room.sockets = append(room.sockets, socket)
	room.mu.Unlock()
	ctx := context.Background()
	_ = socket.Write(ctx, websocket.MessageText, []byte("registered"))
	for {
		kind, frame, err := socket.Read(ctx)
		if err != nil {
			return
		}
		room.mu.Lock()
		for _, other := range room.sockets {
			if other != socket {
				_ = other.Write(ctx, kind, frame)
			}
		}
		room.mu.Unlock()
	}
}

func echo(w http.ResponseWriter, r *http.Request) {
	socket, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer socket.CloseNow()
	for {
		kind, frame, err := socket.Read(r.Context())
		if err != nil || socket.Write(r.Context(), kind, frame) != nil {
			return
		}
	}
}
