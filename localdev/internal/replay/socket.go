package replay

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const maxMessage = 256 << 10 // bytes; API Gateway sends no more than half of it

// conn is one recorded connection, driven again.
type conn struct {
	number   int
	socket   *websocket.Conn // nil if the handshake was refused
	expected []*event        // what has yet to come again
	held     []arrival       // what came and is not expected yet
	over     bool            // nothing is sent, expected or heard any more
}

// arrival is what came from localdev today.
type arrival struct {
	event
	conn  *conn
	ends  bool // nothing can follow it
	after int  // line of the recording that was sent last
}

// String is the event's.
func (a arrival) String() string { return a.event.String() }

// arrivals is a queue. It has no bound: a socket that is not read would hold up the others.
type arrivals struct {
	readers sync.WaitGroup
	more    chan struct{} // has one if there are some
	mu      sync.Mutex
	queue   []arrival
}

func (a *arrivals) add(it arrival) {
	a.mu.Lock()
	a.queue = append(a.queue, it)
	a.mu.Unlock()
	select {
	case a.more <- struct{}{}:
	default:
	}
}

func (a *arrivals) all() []arrival {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.queue
	a.queue = nil
	return all
}

// dial opens a connection as the client did. Its answer arrives as all that follows it does.
func (p *player) dial(ctx context.Context, c *conn, url string, protocols []string, header http.Header) {
	if header["User-Agent"] == nil {
		header.Set("User-Agent", "") // else net/http makes one up, even beside a user-agent
	}
	dialing, cancel := context.WithTimeout(ctx, 40*time.Second) // $connect may take 29 s
	defer cancel()
	socket, resp, err := websocket.Dial(dialing, url, &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: speller{}}, Subprotocols: protocols, HTTPHeader: header,
	})
	answer := arrival{conn: c, event: event{Kind: kindAnswer}, ends: err != nil}
	if resp != nil {
		answer.Status = resp.StatusCode
		answer.Protocol = resp.Header.Get("Sec-Websocket-Protocol")
		if err != nil && resp.Body != nil {
			resp.Body.Close()
		}
	}
	p.arrivals.add(answer)
	if err != nil {
		return
	}
	c.socket = socket
	socket.SetReadLimit(maxMessage)
	p.arrivals.readers.Go(func() { p.read(ctx, c) })
}

// speller spells the headers of the handshake itself as browsers do, and functions know them.
type speller struct{}

func (speller) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for name, values := range r.Header {
		if rest, ok := strings.CutPrefix(name, "Sec-Websocket-"); ok {
			delete(r.Header, name)
			r.Header["Sec-WebSocket-"+rest] = values
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

func (p *player) read(ctx context.Context, c *conn) {
	for {
		_, text, err := c.socket.Read(ctx)
		if err == nil {
			p.arrivals.add(arrival{conn: c, event: event{Kind: kindServer, Text: strings.ToValidUTF8(string(text), "\uFFFD")}})
			continue
		}
		if ctx.Err() != nil {
			return
		}
		end := event{Kind: kindClose, Code: 1006}
		var closed websocket.CloseError
		if errors.As(err, &closed) {
			end.Code, end.Reason = int(closed.Code), closed.Reason
		}
		p.arrivals.add(arrival{conn: c, event: end, ends: true})
		return
	}
}

// send sends a message. That it cannot is for the reader to find out.
func (c *conn) send(ctx context.Context, text string, limit time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if c.socket != nil {
		_ = c.socket.Write(ctx, websocket.MessageText, []byte(text))
	}
}

// close ends the connection as it ended in the recording. What a limit or a fault ended vanishes.
func (c *conn) close(e *event) {
	if c.socket == nil {
		return
	}
	if e.By == "client" && e.Code != 1006 {
		_ = c.socket.Close(websocket.StatusCode(e.Code), e.Reason)
		return
	}
	c.cut()
}

func (c *conn) cut() {
	if c.socket != nil {
		_ = c.socket.CloseNow()
	}
}
