package parley_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	parley "github.com/parley-rtc/parley/client/go"
)

// frame is one of the protocol, as JSON has it.
type frame map[string]any

// script is a service that says what a test has it say, over WebSockets in memory, in a bubble in which
// time passes when everybody waits.
type script struct {
	t      *testing.T
	server *http.Server
	pipes  chan net.Conn
	served sync.WaitGroup

	mu      sync.Mutex
	refuse  int                             // the status with which handshakes are refused, 0 for none
	mute    bool                            // nothing is answered
	respond func(c *peerConn, f frame) bool // whether it has answered itself
	conns   []*peerConn
	ended   chan struct{}
	rev     int
	others  []frame
}

// peerConn is the server's end of a connection.
type peerConn struct {
	nth       int // of the connections, from 1 on
	s         *script
	socket    *websocket.Conn
	protocols []string
	closed    chan struct{}

	mu  sync.Mutex
	got []frame
}

// play runs a test with a service of its own.
func play(t *testing.T, test func(t *testing.T, s *script)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &script{
			t: t, pipes: make(chan net.Conn), ended: make(chan struct{}),
			rev: 7, others: []frame{{"peer": "bob", "address": "b1"}},
		}
		s.server = &http.Server{Handler: s}
		s.served.Go(func() { _ = s.server.Serve(s) })
		test(t, s)
		close(s.ended)
		s.server.Close()
		for _, c := range s.conns {
			c.socket.CloseNow()
		}
		s.served.Wait()
	})
}

func (s *script) Accept() (net.Conn, error) {
	select {
	case conn := <-s.pipes:
		return conn, nil
	case <-s.ended:
		return nil, net.ErrClosed
	}
}
func (s *script) Close() error   { return nil }
func (s *script) Addr() net.Addr { return &net.IPAddr{} }

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	refuse, mute := s.refuse, s.mute
	s.mu.Unlock()
	if refuse != 0 {
		w.WriteHeader(refuse)
		return
	}
	if mute {
		select {
		case <-r.Context().Done():
		case <-s.ended:
		}
		return
	}
	socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"parley.v1"}})
	if err != nil {
		s.t.Error(err)
		return
	}
	c := &peerConn{s: s, socket: socket, protocols: r.Header.Values("Sec-WebSocket-Protocol"), closed: make(chan struct{})}
	s.mu.Lock()
	s.conns = append(s.conns, c)
	c.nth = len(s.conns)
	s.mu.Unlock()
	c.read()
}

func (c *peerConn) read() {
	defer close(c.closed)
	for {
		_, raw, err := c.socket.Read(context.Background())
		if err != nil {
			return
		}
		var f frame
		if err := json.Unmarshal(raw, &f); err != nil {
			c.s.t.Error(err)
			return
		}
		c.mu.Lock()
		c.got = append(c.got, f)
		c.mu.Unlock()
		c.s.mu.Lock()
		respond, mute := c.s.respond, c.s.mute
		c.s.mu.Unlock()
		if mute || respond != nil && respond(c, f) {
			continue
		}
		c.answer(f)
	}
}

// answer says what a service says where nothing goes wrong.
func (c *peerConn) answer(f frame) {
	switch f["action"] {
	case "join":
		c.joined(f)
	case "roster":
		c.push(frame{"type": "roster", "id": f["id"], "room": "r", "rev": c.s.rev, "peers": c.s.others})
	case "ping":
		c.push(frame{"type": "pong", "id": f["id"]})
	case "ice":
		c.push(frame{"type": "ice", "id": f["id"], "servers": []frame{{"urls": "stun:fresh"}}})
	default:
		c.push(frame{"type": "ok", "id": f["id"], "echo": f["action"]})
	}
}

func (c *peerConn) joined(f frame) {
	name := f["peer"]
	if name == nil {
		name = "made-up"
	}
	c.push(frame{
		"type": "joined", "id": f["id"], "room": "r", "peer": name, "rev": c.s.rev, "peers": c.s.others, "seats": 16,
		"ice": []frame{}, "resume": fmt.Sprint("resume-", c.nth),
	})
}

func (c *peerConn) refuse(f frame, code string, retry bool) {
	c.push(frame{"type": "error", "id": f["id"], "action": f["action"], "code": code, "message": code, "retry": retry})
}

// push sends a frame; nobody has to be there to take it.
func (c *peerConn) push(f frame) {
	raw, _ := json.Marshal(f)
	_ = c.socket.Write(context.Background(), websocket.MessageText, raw)
}

// signal pushes one of a peer's.
func (c *peerConn) signal(from string, n int, data any) {
	f := frame{"type": "signal", "room": "r", "from": from, "data": data}
	if n != 0 {
		f["n"] = n
	}
	c.push(f)
}

// all are the frames that came with that action, without their ids.
func (c *peerConn) all(action string) []frame {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []frame
	for _, f := range c.got {
		if f["action"] == action {
			delete(f, "id")
			found = append(found, f)
		}
	}
	return found
}

// on sets what answers instead of the usual.
func (s *script) on(respond func(c *peerConn, f frame) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.respond = respond
}

func (s *script) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// conn is the newest connection.
func (s *script) conn() *peerConn {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) == 0 {
		s.t.Fatal("nobody is connected")
	}
	return s.conns[len(s.conns)-1]
}

func (s *script) connections() int {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// options lead to the script.
func (s *script) options() parley.Options {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		here, there := net.Pipe()
		select {
		case s.pipes <- there:
			return here, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.ended:
			return nil, errors.New("nobody is there")
		}
	}
	through := &http.Transport{DialContext: dial, DisableKeepAlives: true}
	return parley.Options{HTTPClient: &http.Client{Transport: through}}
}

func (s *script) dial(opt parley.Options) *parley.Transport {
	s.t.Helper()
	conn, err := parley.Dial(context.Background(), "ws://service.test/prod", &opt)
	if err != nil {
		s.t.Fatal(err)
	}
	return conn
}

// join has ada in the room r, in which bob is.
func (s *script) join() (*parley.Transport, *parley.Room) {
	s.t.Helper()
	conn := s.dial(s.options())
	room, err := conn.Join(context.Background(), "r", &parley.JoinOptions{Name: "ada"})
	if err != nil {
		s.t.Fatal(err)
	}
	events(room)
	return conn, room
}

// events are those that are there when everybody waits.
func events(room *parley.Room) []parley.Event {
	synctest.Wait()
	var all []parley.Event
	over, cancel := context.WithCancel(context.Background())
	cancel()
	for {
		event, err := room.Next(over)
		if err != nil {
			return all
		}
		all = append(all, event)
	}
}

// said are the signals among them.
func said(list []parley.Event) []string {
	var all []string
	for _, event := range list {
		if s, ok := event.(parley.Signal); ok {
			all = append(all, string(s.Data))
		}
	}
	return all
}

// happens writes events down, each as its type and fields.
func happens(list []parley.Event) []string {
	var all []string
	for _, event := range list {
		all = append(all, fmt.Sprintf("%T%+v", event, event)[len("parley."):])
	}
	return all
}

func pause(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
