package simulation_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/parley-rtc/parley/internal/signaling"
)

// frame is what clients read of a server's frame.
type frame struct {
	Type, ID, Room, Peer, From, Code, Message, Resume, Address, By, Reason string
	Rev                                                                    int64
	Until                                                                  int64
	N                                                                      int
	Retry, Queued                                                          bool
	Peers                                                                  []struct {
		Peer, Address string
		Lost          int64
	}
}

type phase int

const (
	away    phase = iota // without a seat, as far as it knows
	dialing              // a connection opens
	joining              // and asks for the seat
	seated
	quit // it is gone for good: by its own will, or because a host said so
)

// request is what a client waits for an answer to.
type request struct {
	action, to string
	n          int
	seat       int64 // of the target when it was sent
}

// surroundings is what a client acts on.
type surroundings interface {
	dial(c *client) signaling.ConnID // opened tells how it went
	send(c *client, conn signaling.ConnID, id, body string)
	alive(conn signaling.ConnID) bool
	hangUp(c *client, told bool)
	retire(c *client)        // it goes for good: all its sockets close
	later(do func())         // after a while
	seat(name string) int64  // names the seat that a peer has: who takes the name later has another
	came(c *client, f frame) // a signal, for the first time
	fail(string, ...any)     // what must not happen has happened
	note(string, ...any)     // for the story
}

// client behaves as the SDK: it comes back with its string, repeats what was not answered under the same number, puts aside
// what it has already got, and asks for the roster when it sees a gap.
type client struct {
	w        surroundings
	room     string
	name     string
	phase    phase
	conn     signaling.ConnID
	former   signaling.ConnID // open still, while the seat moves to conn
	resume   string
	requests map[string]request
	nextID   int
	sent     map[string]int           // by target: the last number
	unacked  map[string]map[int]bool  // by target
	got      map[string]map[int]int   // by sender: how often each number came
	roster   map[string]string        // name to address, of those that have a socket
	lost     map[string]bool          // names whose seats are kept
	rev      int64                    // of the roster
	whole    int64                    // the revision of the last whole roster
	behind   bool                     // the roster is asked for
	ahead    []frame                  // came after a gap
	ghost    bool                     // it will never come back
	calm     bool                     // nothing goes wrong by itself
	lives    int64                    // how many seats it has had
	accepted map[string]map[int]int64 // by target: the seat for which the service took what
	tries    map[string]map[int]int   // by target: how often each was sent
	before   map[string]map[int][]int // by target: what had been accepted when each was sent first
}

func newClient(w surroundings, room, name string) *client {
	return &client{
		w: w, room: room, name: name, requests: map[string]request{}, sent: map[string]int{}, unacked: map[string]map[int]bool{},
		got: map[string]map[int]int{}, roster: map[string]string{}, lost: map[string]bool{}, accepted: map[string]map[int]int64{},
		tries: map[string]map[int]int{}, before: map[string]map[int][]int{},
	}
}

func (c *client) ask(r request, format string, args ...any) {
	c.nextID++
	id := strconv.Itoa(c.nextID)
	c.requests[id] = r
	c.w.send(c, c.conn, id, fmt.Sprintf(`{"action":%q,"id":%q,"room":%q`, r.action, id, c.room)+fmt.Sprintf(format, args...)+"}")
}

func (c *client) dial() {
	if c.conn != "" && c.w.alive(c.conn) {
		c.former = c.conn
	}
	c.phase, c.behind, c.ahead = dialing, false, nil
	c.requests = map[string]request{}
	c.conn = c.w.dial(c)
}

// opened says whether the connection that it dialed is open.
func (c *client) opened(conn signaling.ConnID, ok bool) {
	if conn != c.conn || c.phase != dialing {
		return
	}
	if !ok {
		c.drop()
		return
	}
	c.phase = joining
	c.join()
}

func (c *client) join() {
	if c.resume != "" {
		c.ask(request{action: "join"}, `,"resume":%q`, c.resume)
		return
	}
	c.ask(request{action: "join"}, `,"peer":%q`, c.name)
}

// drop is the end of its connection, by whatever reason.
func (c *client) drop() {
	if c.phase != quit {
		c.phase = away
	}
	c.conn, c.former = "", ""
	c.requests = map[string]request{}
	c.behind, c.ahead = false, nil
}

func (c *client) signal(to string, n int, byAddress bool) {
	if c.unacked[to] == nil {
		c.unacked[to], c.tries[to], c.before[to] = map[int]bool{}, map[int]int{}, map[int][]int{}
	}
	c.unacked[to][n] = true
	if c.tries[to][n]++; c.tries[to][n] == 1 {
		c.before[to][n] = slices.Sorted(maps.Keys(c.accepted[to]))
	}
	address := ""
	if byAddress && c.roster[to] != "" {
		address = fmt.Sprintf(`,"address":%q`, c.roster[to])
	}
	c.ask(request{action: "signal", to: to, n: n, seat: c.w.seat(to)}, `,"to":%q,"n":%d,"data":{"from":%q,"n":%d}%s`, to, n, c.name, n, address)
}

// next sends a new signal.
func (c *client) next(to string, byAddress bool) {
	c.sent[to]++
	c.signal(to, c.sent[to], byAddress)
}

// again sends what was not answered.
func (c *client) again() {
	for _, to := range slices.Sorted(maps.Keys(c.unacked)) {
		for _, n := range slices.Sorted(maps.Keys(c.unacked[to])) {
			if !c.asked(to, n) {
				c.signal(to, n, false)
			}
		}
	}
}

func (c *client) asked(to string, n int) bool {
	for _, r := range c.requests {
		if r.action == "signal" && r.to == to && r.n == n {
			return true
		}
	}
	return false
}

// unanswered is the time-out of a request.
func (c *client) unanswered(conn signaling.ConnID, id string) {
	r, open := c.requests[id]
	if !open || conn != c.conn {
		return
	}
	delete(c.requests, id)
	c.w.later(func() { c.retry(r) })
}

func (c *client) retry(r request) {
	switch r.action {
	case "join":
		if c.phase == joining {
			c.join()
		}
	case "roster":
		c.behind = false
		c.refresh()
	case "leave":
		if c.phase == seated {
			c.ask(r, "")
		}
	}
}

func (c *client) refresh() {
	if !c.behind && c.phase == seated {
		c.behind = true
		c.ask(request{action: "roster"}, "")
	}
}

// receive takes a frame from one of its sockets.
func (c *client) receive(conn signaling.ConnID, raw []byte) {
	var f frame
	if err := json.Unmarshal(raw, &f); err != nil {
		c.w.fail("%s got %s: %v", c.name, raw, err)
		return
	}
	if f.Type == "signal" {
		if c.got[f.From] == nil {
			c.got[f.From] = map[int]int{}
		}
		if c.got[f.From][f.N]++; c.got[f.From][f.N] == 1 {
			c.w.came(c, f)
		}
		return
	}
	if f.Type == "kicked" {
		c.kicked(conn, f)
		return
	}
	if conn != c.conn || c.phase == quit {
		return
	}
	r, asked := c.requests[f.ID]
	if f.ID != "" && !asked {
		return // an answer after its time-out
	}
	delete(c.requests, f.ID)
	switch f.Type {
	case "joined":
		c.joined(f)
	case "roster":
		c.behind = false
		c.replace(f)
	case "ok":
		c.done(r)
	case "error":
		c.refused(r, f)
	case "peer-joined", "peer-back", "peer-lost", "peer-left", "peer-updated", "room-locked", "room-unlocked":
		c.apply(f)
	}
}

func (c *client) kicked(conn signaling.ConnID, f frame) {
	switch {
	case f.Reason == signaling.ReasonReplaced && conn != c.conn:
		return // its own newer connection has the seat
	case f.Reason == signaling.ReasonReplaced:
		c.w.note("  %s is replaced on its newest connection", c.name)
		return
	case f.By == c.name:
		c.w.fail("%s was kicked by itself: %+v", c.name, f)
	}
	c.phase = quit
	c.w.retire(c)
}

func (c *client) done(r request) {
	switch r.action {
	case "signal":
		delete(c.unacked[r.to], r.n)
		if now := c.w.seat(r.to); r.seat != 0 && r.seat == now {
			if c.accepted[r.to] == nil {
				c.accepted[r.to] = map[int]int64{}
			}
			c.accepted[r.to][r.n] = now
		}
	case "leave":
		c.phase = quit
	}
}

func (c *client) refused(r request, f frame) {
	if f.Code == "internal" && c.calm {
		c.w.fail("%s: %+v without a fault", c.name, f)
	}
	switch r.action {
	case "join":
		switch f.Code {
		case "resume-expired", "forbidden":
			c.resume = ""
			c.join()
		case "room-full", "room-locked", "name-taken":
			c.w.hangUp(c, true) // and tries again later
		default:
			c.w.later(func() { c.retry(r) })
		}
	case "signal":
		switch {
		case f.Code == "not-in-room":
			c.rejoin()
		case f.Code == "no-such-peer" && !f.Retry, f.Code == "forbidden":
			delete(c.unacked[r.to], r.n) // it is told so
		case f.Code == "mail-full":
			delete(c.unacked[r.to], r.n)
		} // else it is sent again some time
	case "leave":
		if f.Code == "not-in-room" {
			c.phase = quit
			return
		}
		c.w.later(func() { c.retry(r) })
	case "roster":
		if f.Code == "not-in-room" {
			c.rejoin()
			return
		}
		c.w.later(func() { c.retry(r) })
	}
}

// rejoin asks for a seat on the connection that has lost it.
func (c *client) rejoin() {
	if c.phase == seated {
		c.phase, c.resume = joining, ""
		c.requests = map[string]request{}
		c.behind, c.ahead = false, nil
		c.join()
	}
}

func (c *client) joined(f frame) {
	if c.phase, c.former = seated, ""; c.resume == "" {
		c.lives++
	}
	c.resume = f.Resume
	if f.Peer != c.name {
		c.w.fail("%s joined as %s", c.name, f.Peer)
	}
	c.rev = -1
	c.replace(f)
	c.again()
}
