// Command hub is the yardstick: the least that a signaling server in Go can do. It keeps the sockets of a path in memory
// and forwards every frame as it is to all the others; there is no store, no other process, and nothing is parsed or
// checked. It prints its URL and ends with its stdin.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"

	"github.com/coder/websocket"
)

type room struct {
	mu      sync.Mutex
	sockets []*websocket.Conn
}

type hub struct {
	mu    sync.Mutex
	rooms map[string]*room
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "hub:", err)
		os.Exit(1)
	}
	go func() { _ = http.Serve(listener, &hub{rooms: map[string]*room{}}) }()
	fmt.Fprintf(os.Stdout, "ready ws://%s\n", listener.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func (h *hub) room(path string) *room {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[path] == nil {
		h.rooms[path] = &room{}
	}
	return h.rooms[path]
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	socket, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = socket.CloseNow() }()
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
