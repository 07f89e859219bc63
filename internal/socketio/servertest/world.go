package servertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// World is a server with one App in all its namespaces. It is safe for concurrent use.
type World struct {
	app server.App

	mu      sync.Mutex
	spaces  map[string]*space
	sockets map[string]int // that a client has had in a namespace
	pairs   int
	records []Record
}

// space is one namespace.
type space struct {
	name    string
	ids     map[string]bool // of all sockets that ever were
	sockets []*socket       // that are connected, in the order of connecting
	rooms   map[string][]*socket
	queues  map[string][]*socket
	values  map[valueKey]server.Value
}

type valueKey struct{ room, key string }

// socket is what is kept of a socket.
type socket struct {
	id    string
	query url.Values
	auth  json.RawMessage
	name  string
	data  map[string]json.RawMessage
	asked []int // by the App, and not acknowledged yet
	over  bool
}

// New returns a World without anybody in it.
func New(app server.App) *World {
	return &World{app: app, spaces: map[string]*space{}, sockets: map[string]int{}}
}

// Handshake is what a client shows when it connects.
type Handshake struct {
	Namespace string // "" is the main one
	Query     url.Values
	Auth      any // encoded as JSON, if it is not nil
}

// Connect connects a client. That the App refuses it is no error: the client is told. An error is the
// App's, or about what no client could do.
func (w *World) Connect(ctx context.Context, client string, h Handshake) (*Client, error) {
	if client == "" || strings.ContainsAny(client, "/#") {
		return nil, fmt.Errorf("a client cannot be called %q: want a name without / and #", client)
	}
	if h.Namespace == "" {
		h.Namespace = "/"
	}
	if !strings.HasPrefix(h.Namespace, "/") {
		return nil, fmt.Errorf("the namespace %q does not begin with /", h.Namespace)
	}
	s := &socket{query: h.Query}
	if h.Auth != nil {
		raw, err := encode(h.Auth)
		if err != nil {
			return nil, err
		}
		s.auth = raw
	}
	w.mu.Lock()
	in := w.space(h.Namespace)
	s.id = w.newID(client, h.Namespace)
	in.ids[s.id] = true
	w.mu.Unlock()

	c := &Client{w: w, in: in, s: s}
	if gate, ok := w.app.(server.Admitter); ok {
		if err := gate.Admit(ctx, c.view(admitting)); err != nil {
			return c, w.refuse(s, err)
		}
	}
	w.mu.Lock()
	in.sockets = append(in.sockets, s)
	if s.name != "" {
		in.rename(s, s.name)
	}
	w.mu.Unlock()
	return c, w.app.Connected(ctx, c.view(connecting))
}

// refuse tells a client why it may not connect, and returns what is for the log.
func (w *World) refuse(s *socket, why error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.over = true
	told := Record{To: s.id, Kind: Refused, Message: "internal error"}
	if r, ok := errors.AsType[*server.Refusal](why); ok {
		told.Message, told.Data, why = r.Message, r.Data, nil
	}
	w.records = append(w.records, told)
	return why
}

func (w *World) space(namespace string) *space {
	in := w.spaces[namespace]
	if in == nil {
		in = &space{
			name:   namespace,
			ids:    map[string]bool{},
			rooms:  map[string][]*socket{},
			queues: map[string][]*socket{},
			values: map[valueKey]server.Value{},
		}
		w.spaces[namespace] = in
	}
	return in
}

func (w *World) newID(client, namespace string) string {
	id := client
	if namespace != "/" {
		id += namespace
	}
	w.sockets[id]++
	if n := w.sockets[id]; n > 1 {
		id += fmt.Sprintf("#%d", n)
	}
	return id
}

// Took returns what clients got since it was last asked.
func (w *World) Took() []Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	took := w.records
	w.records = nil
	return took
}

// Lines returns the same, as lines to be read.
func (w *World) Lines() []string {
	var lines []string
	for _, r := range w.Took() {
		lines = append(lines, r.String())
	}
	return lines
}

// byID returns the socket that is connected and has the id.
func (in *space) byID(id string) *socket {
	return in.find(func(s *socket) bool { return s.id == id })
}

func (in *space) byName(name string) *socket {
	return in.find(func(s *socket) bool { return name != "" && s.name == name })
}

func (in *space) find(is func(*socket) bool) *socket {
	if i := slices.IndexFunc(in.sockets, is); i >= 0 {
		return in.sockets[i]
	}
	return nil
}

// rename gives a socket the name, which another then has no more.
func (in *space) rename(s *socket, name string) {
	if other := in.byName(name); other != nil {
		other.name = ""
	}
	s.name = name
}

// roomsOf returns the rooms that a socket is in, in the order of their names.
func (in *space) roomsOf(s *socket) []string {
	var names []string
	for room, members := range in.rooms {
		if slices.Contains(members, s) {
			names = append(names, room)
		}
	}
	slices.Sort(names)
	return names
}

// members returns who is in a room, which may be that of one socket.
func (in *space) members(room string) []*socket {
	if s := in.byID(room); s != nil {
		return []*socket{s}
	}
	return in.rooms[room]
}

// leave takes a socket out of a room.
func (in *space) leave(s *socket, room string) bool {
	i := slices.Index(in.rooms[room], s)
	if i < 0 {
		return false
	}
	if in.rooms[room] = slices.Delete(slices.Clone(in.rooms[room]), i, i+1); len(in.rooms[room]) == 0 {
		delete(in.rooms, room)
	}
	return true
}
