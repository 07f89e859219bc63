package simulation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/internal/signaling"
)

// answerTime is how long a client waits for an answer before it asks again. A function that died answers nobody.
const answerTime = 4 * time.Second

// patience is how long all of a room may take to come to rest. It is no measure of speed.
const patience = 3 * time.Minute

// live is one room of clients with real sockets. All that happens to it happens in one goroutine, which takes from inbox.
type live struct {
	host    string // of localdev
	url     string // of the API
	room    string
	random  *rand.Rand
	clients []*client
	sockets map[signaling.ConnID]*websocket.Conn
	owner   map[signaling.ConnID]*client
	ending  map[signaling.ConnID]bool // being cut
	inbox   chan func()
	delayed []func()
	made    int
	wrong   []string
}

func newLive(host, url, room string, seed uint64) *live {
	l := &live{
		host: host, url: url, room: room, random: rand.New(rand.NewPCG(seed, 1)), inbox: make(chan func(), 1024),
		sockets: map[signaling.ConnID]*websocket.Conn{}, owner: map[signaling.ConnID]*client{}, ending: map[signaling.ConnID]bool{},
	}
	l.clients = invite(l, l.random, room)
	return l
}

func (l *live) fail(format string, args ...any) {
	l.wrong = append(l.wrong, l.room+": "+fmt.Sprintf(format, args...))
}

func (l *live) note(string, ...any) {}

// came implements surroundings. Sockets are read in goroutines of their own: which of two frames was first cannot be said.
func (l *live) came(*client, frame) {}

func (l *live) later(do func()) { l.delayed = append(l.delayed, do) }

func (l *live) alive(conn signaling.ConnID) bool { return l.sockets[conn] != nil && !l.ending[conn] }

func (l *live) seat(name string) int64 {
	i := slices.IndexFunc(l.clients, func(c *client) bool { return c.name == name })
	return l.clients[i].lives
}

// dial names the connection in its user agent, by which localdev's list of connections can be searched.
func (l *live) dial(c *client) signaling.ConnID {
	l.made++
	conn := signaling.ConnID(fmt.Sprintf("%s/%s/%d", l.room, c.name, l.made))
	l.owner[conn] = c
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), answerTime)
		defer cancel()
		socket, _, err := websocket.Dial(ctx, l.url, &websocket.DialOptions{
			Subprotocols: []string{"parley.v1"}, HTTPHeader: http.Header{"User-Agent": {string(conn)}},
		})
		if err != nil {
			l.inbox <- func() { c.opened(conn, false) }
			return
		}
		socket.SetReadLimit(256 << 10)
		l.inbox <- func() {
			l.sockets[conn] = socket
			c.opened(conn, true)
		}
		for {
			_, raw, err := socket.Read(context.Background())
			if err != nil {
				l.inbox <- func() { l.closed(conn) }
				return
			}
			l.inbox <- func() { c.receive(conn, raw) }
		}
	}()
	return conn
}

func (l *live) closed(conn signaling.ConnID) {
	_ = l.sockets[conn].CloseNow()
	delete(l.sockets, conn)
	delete(l.ending, conn)
	c := l.owner[conn]
	switch conn {
	case c.conn:
		c.drop()
	case c.former:
		c.former = ""
	}
}

func (l *live) send(c *client, conn signaling.ConnID, id, body string) {
	socket := l.sockets[conn]
	if socket == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	_ = socket.Write(ctx, websocket.MessageText, []byte(body)) // its end is told by the reader
	time.AfterFunc(answerTime, func() { l.inbox <- func() { c.unanswered(conn, id) } })
}

// hangUp ends the connection at localdev's end, so that what was on its way arrives first: a frame that API Gateway has
// accepted for a socket that is already broken is lost, and that is no fault of the service.
func (l *live) hangUp(c *client, told bool) {
	if l.alive(c.conn) {
		l.cut(c.conn, told)
	}
}

func (l *live) cut(conn signaling.ConnID, told bool) {
	l.ending[conn] = true
	go func() {
		id, err := l.find(conn)
		if err == nil {
			url := l.host + "/_localdev/connections/" + strings.ReplaceAll(id, "=", "%3D")
			if !told {
				url += "?silent=1"
			}
			err = curl(http.MethodDelete, url, "", nil)
		}
		if err != nil {
			l.inbox <- func() { delete(l.ending, conn) } // it ended by itself, or will be cut another time
		}
	}()
}

func (l *live) find(conn signaling.ConnID) (string, error) {
	var list []struct{ ConnectionID, UserAgent string }
	if err := curl(http.MethodGet, l.host+"/_localdev/connections", "", &list); err != nil {
		return "", err
	}
	for _, c := range list {
		if c.UserAgent == string(conn) {
			return c.ConnectionID, nil
		}
	}
	return "", fmt.Errorf("%s is not connected", conn)
}

func (l *live) retire(c *client) {
	for conn, owner := range l.owner {
		if owner == c && l.alive(conn) {
			l.cut(conn, true)
		}
	}
}

func (l *live) party() party {
	return party{l.random, l.clients, l.hangUp, func(time.Duration) {}}
}

// play lets the clients act, and waits when too much is unanswered.
func (l *live) play(actions int) {
	for acted := 0; acted < actions; {
		select {
		case do := <-l.inbox:
			do()
			continue
		default:
		}
		waiting := 0
		for _, c := range l.clients {
			waiting += len(c.requests)
			if c.phase == dialing {
				waiting++
			}
		}
		if waiting > 6 {
			l.serve(time.Second)
			continue
		}
		c := l.clients[l.random.IntN(len(l.clients))]
		if !l.ending[c.conn] && l.party().act(c) {
			acted++
		} else {
			l.serve(10 * time.Millisecond)
		}
		if l.random.IntN(12) == 0 {
			l.recall()
		}
		if !slices.ContainsFunc(l.clients, func(c *client) bool { return c.phase != quit && !c.ghost }) {
			return // everybody has left or was kicked
		}
	}
}

func (l *live) recall() {
	waiting := l.delayed
	l.delayed = nil
	for _, do := range waiting {
		do()
	}
	for _, c := range l.clients {
		if c.phase == seated {
			c.again()
		}
	}
}

// serve waits for something to happen, and takes it.
func (l *live) serve(most time.Duration) bool {
	select {
	case do := <-l.inbox:
		do()
		return true
	case <-time.After(most):
		return false
	}
}

// home has everybody come back who means to, until nothing is left to do. A lock would keep them out, so it is taken away.
func (l *live) home() {
	if l.gather(patience) {
		return
	}
	for _, c := range l.clients {
		if !l.atRest(c) {
			l.fail("%s does not come to rest: phase %d, waits for %v, delayed %d", c.name, c.phase, c.requests, len(l.delayed))
		}
	}
}

// atRest reports whether nothing is left to do for a client. One of five finds no seat.
func (l *live) atRest(c *client) bool {
	if c.phase == quit || c.ghost {
		return true
	}
	taken := 0
	for _, c := range l.clients {
		if c.phase == seated {
			taken++
		}
	}
	return c.phase == seated && !c.pending() || c.phase != seated && taken == seats
}

// gather reports whether all came home in that time. Who lost a seat may find it taken by the dead, as long as these are
// waited for.
func (l *live) gather(most time.Duration) bool {
	for deadline := time.Now().Add(most); time.Now().Before(deadline) && len(l.wrong) == 0; {
		busy, out := len(l.ending) > 0 || len(l.delayed) > 0, false
		for _, c := range l.clients {
			if c.phase == quit || c.ghost {
				continue
			}
			busy = busy || !l.atRest(c) || c.phase == seated && len(c.requests) > 0
			out = out || c.phase == away
		}
		if !busy {
			return true
		}
		if l.serve(200 * time.Millisecond) {
			continue
		}
		for _, c := range l.clients {
			switch {
			case c.phase == away && !c.ghost:
				c.dial()
			case c.phase == seated && out && !c.waits("unlock"):
				c.ask(request{action: "unlock"}, "")
			}
		}
		l.recall()
	}
	return false
}

// speak has everybody write to the room, which finds and removes who is gone.
func (l *live) speak() {
	for _, c := range l.clients {
		if c.phase == seated {
			c.ask(request{action: "update"}, `,"data":1`)
			l.home()
		}
	}
}

// curl asks localdev for something.
func curl(method, url, body string, into any) error {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, url, resp.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
