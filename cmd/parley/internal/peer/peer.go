// Package peer is a synthetic peer: a WebSocket that speaks parley.v1 and nothing of WebRTC.
package peer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/coder/websocket"
)

// Protocol is the WebSocket subprotocol.
const Protocol = "parley.v1"

// ErrClosed says that the socket ended.
var ErrClosed = errors.New("the connection was closed")

// Options are what a client shows when it connects.
type Options struct {
	Token  string // JSON Web Token; "" brings none
	Origin string // of the page it pretends to be; "" is no browser
}

// Frame is a server frame, or one of API Gateway's own, which has a Message and no Type.
type Frame struct {
	Type    string          `json:"type"`
	ID      string          `json:"id"`
	Room    string          `json:"room"`
	Peer    string          `json:"peer"`
	From    string          `json:"from"`
	Rev     int64           `json:"rev"`
	Reason  string          `json:"reason"`
	Code    string          `json:"code"`
	Message string          `json:"message"`
	Address string          `json:"address"`
	N       int64           `json:"n"`
	Data    json.RawMessage `json:"data"`
	Peers   []Entry         `json:"peers"`
	ICE     []ICEServer     `json:"ice"`
}

// Entry is another peer of the room.
type Entry struct {
	Peer    string `json:"peer"`
	Address string `json:"address"`
}

// ICEServer is an RTCIceServer.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username"`
	Credential string   `json:"credential"`
}

// Refusal is an error frame, of the service or of API Gateway itself (then Code is "").
type Refusal struct{ Code, Message string }

func (r *Refusal) Error() string {
	if r.Code == "" {
		return "API Gateway answered: " + r.Message
	}
	return r.Code + ": " + r.Message
}

// Peer is one connection. Its methods may be called from any goroutine.
type Peer struct {
	socket *websocket.Conn
	events chan Frame // what answers no request
	done   chan struct{}

	mu      sync.Mutex
	next    int
	waiting map[string]chan Frame
	strays  []chan Frame // requests that a frame without an ID may be the answer to
}

// Answer is what a handshake got.
type Answer struct {
	Status int    // 0 if nobody answered
	Date   string // of the server, as HTTP writes it; "" if it does not tell
}

// Dial connects. The Answer is there also where the handshake was refused.
func Dial(ctx context.Context, url string, opt Options) (*Peer, Answer, error) {
	protocols := []string{Protocol}
	if opt.Token != "" {
		protocols = append(protocols, "parley.token."+opt.Token)
	}
	header := http.Header{}
	if opt.Origin != "" {
		header.Set("Origin", opt.Origin)
	}
	socket, resp, err := websocket.Dial(ctx, url, &websocket.DialOptions{Subprotocols: protocols, HTTPHeader: header}) //nolint:bodyclose // the library has read what there is
	var answer Answer
	if resp != nil {
		answer = Answer{resp.StatusCode, resp.Header.Get("Date")}
	}
	if err != nil {
		return nil, answer, err
	}
	socket.SetReadLimit(256 << 10)
	p := &Peer{socket: socket, events: make(chan Frame, 1024), done: make(chan struct{}), waiting: map[string]chan Frame{}}
	go p.read() //nolint:contextcheck // outlives the dialing, ends with the socket
	return p, answer, nil
}

// Subprotocol is the one that the server chose.
func (p *Peer) Subprotocol() string { return p.socket.Subprotocol() }

// Close ends the connection with a goodbye.
func (p *Peer) Close() { _ = p.socket.Close(websocket.StatusNormalClosure, "") }

func (p *Peer) read() {
	defer close(p.events) // what came before the end can still be read
	defer close(p.done)
	for {
		_, raw, err := p.socket.Read(context.Background())
		if err != nil {
			return
		}
		var f Frame
		if json.Unmarshal(raw, &f) != nil {
			continue
		}
		p.deliver(f)
	}
}

func (p *Peer) deliver(f Frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if answer, ok := p.waiting[f.ID]; ok && f.ID != "" {
		answer <- f
		p.settled(answer)
		return
	}
	if f.Type == "" && len(p.strays) > 0 { // API Gateway's own frames do not say what they answer
		p.strays[0] <- f
		p.strays = p.strays[1:]
		return
	}
	select {
	case p.events <- f:
	default: // nobody listens
	}
}

// Request sends a frame and waits for its answer. A failure that the service tells is a *Refusal.
func (p *Peer) Request(ctx context.Context, frame map[string]any) (Frame, error) {
	return p.Start(ctx, frame)()
}

// Start sends a frame and returns what waits for its answer.
func (p *Peer) Start(ctx context.Context, frame map[string]any) func() (Frame, error) {
	answer := make(chan Frame, 2)
	p.mu.Lock()
	p.next++
	id := strconv.Itoa(p.next)
	p.waiting[id] = answer
	p.strays = append(p.strays, answer)
	p.mu.Unlock()
	frame["id"] = id
	if err := p.Send(ctx, frame); err != nil {
		p.forget(id, answer)
		return func() (Frame, error) { return Frame{}, fmt.Errorf("send: %w", err) }
	}
	return func() (Frame, error) {
		defer p.forget(id, answer)
		return p.wait(ctx, answer)
	}
}

func (p *Peer) wait(ctx context.Context, answer <-chan Frame) (Frame, error) {
	select {
	case f := <-answer:
		return result(f)
	case <-p.done:
		select {
		case f := <-answer: // came before the end
			return result(f)
		default:
			return Frame{}, ErrClosed
		}
	case <-ctx.Done():
		return Frame{}, ctx.Err()
	}
}

func result(f Frame) (Frame, error) {
	if f.Type == "error" || f.Type == "" {
		return f, &Refusal{f.Code, f.Message}
	}
	return f, nil
}

// Send sends a frame that is to have no answer.
func (p *Peer) Send(ctx context.Context, frame map[string]any) error {
	raw, err := json.Marshal(frame)
	if err != nil {
		return err
	}
	return p.socket.Write(ctx, websocket.MessageText, raw)
}

func (p *Peer) forget(id string, answer chan Frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, id)
	p.settled(answer)
}

// settled leaves a request that has its answer out of those that a frame without an ID may answer. The caller holds mu.
func (p *Peer) settled(answer chan Frame) {
	p.strays = slices.DeleteFunc(p.strays, func(stray chan Frame) bool { return stray == answer })
}

// Wait returns the next event of one of these types; others before it are dropped.
func (p *Peer) Wait(ctx context.Context, kinds ...string) (Frame, error) {
	for {
		select {
		case f, more := <-p.events:
			if !more {
				return Frame{}, ErrClosed
			}
			if slices.Contains(kinds, f.Type) {
				return f, nil
			}
		case <-ctx.Done():
			return Frame{}, ctx.Err()
		}
	}
}
