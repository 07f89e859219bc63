package wire

import (
	"context"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// Options are what a client shows when it connects, and who hears what comes.
type Options struct {
	Token      string       // JSON Web Token; "" brings none
	Origin     string       // of the page it pretends to be; "" is no browser
	Header     http.Header  // more of the handshake
	HTTPClient *http.Client // makes the handshake; http.DefaultClient when nil

	// Receive gets each frame that answers no request, and ErrBroken for what is none, in their
	// order, and must not wait for an answer. When nil, the latest 1024 such frames are there for
	// Wait.
	Receive func(*Conn, Frame, error)
	// Ended hears that the other side, or the network, has ended the connection, which may be
	// before Dial has returned. Close and Shut are not told.
	Ended func(*Conn, error)
}

// Handshake is what a handshake got.
type Handshake struct {
	Status int    // 0 if nobody answered
	Date   string // of the server, as HTTP writes it; "" if it does not tell
}

// HandshakeError is a handshake that failed.
type HandshakeError struct {
	Handshake
	Err error
}

func (e *HandshakeError) Error() string { return e.Err.Error() }
func (e *HandshakeError) Unwrap() error { return e.Err }

// Dial connects. A handshake that fails is a *HandshakeError.
func Dial(ctx context.Context, url string, opt Options) (*Conn, error) {
	protocols := []string{Protocol}
	if opt.Token != "" {
		protocols = append(protocols, "parley.token."+opt.Token)
	}
	header := opt.Header.Clone()
	if opt.Origin != "" {
		if header == nil {
			header = http.Header{}
		}
		header.Set("Origin", opt.Origin)
	}
	how := &websocket.DialOptions{HTTPClient: opt.HTTPClient, HTTPHeader: header, Subprotocols: protocols}
	socket, resp, err := websocket.Dial(ctx, url, how) //nolint:bodyclose // the library has read what there is
	var got Handshake
	if resp != nil {
		got = Handshake{Status: resp.StatusCode, Date: resp.Header.Get("Date")}
	}
	if err != nil {
		return nil, &HandshakeError{Handshake: got, Err: err}
	}
	socket.SetReadLimit(256 << 10) // a service's largest frame, with its addresses, has half of that
	c := &Conn{
		socket: socket, handshake: got, opt: opt, events: make(chan Frame, 1024), wake: make(chan struct{}, 1),
		done: make(chan struct{}), waiting: map[string]*request{},
	}
	c.heard.Store(time.Now().UnixNano())
	c.gone.Go(c.read)
	c.gone.Go(c.write)
	return c, nil
}
