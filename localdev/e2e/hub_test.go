package e2e_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
)

// hub is the yardstick: the least that a Go signaling server can do. It keeps the sockets in memory and forwards every
// frame as it is to all the others; there is no store, no second process, and nothing is parsed or checked.
type hub struct {
	mu      sync.Mutex
	sockets []*websocket.Conn
}

func startHub(t testing.TB) (url string) {
	t.Helper()
	server := httptest.NewServer(&hub{})
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	socket, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer socket.CloseNow()
	h.mu.Lock()
	h.sockets = append(h.sockets, socket)
	h.mu.Unlock()
	ctx := context.Background()
	_ = socket.Write(ctx, websocket.MessageText, []byte("registered"))
	for {
		kind, frame, err := socket.Read(ctx)
		if err != nil {
			return
		}
		h.mu.Lock()
		for _, other := range h.sockets {
			if other != socket {
				_ = other.Write(ctx, kind, frame)
			}
		}
		h.mu.Unlock()
	}
}
