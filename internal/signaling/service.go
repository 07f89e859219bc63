package signaling

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-rtc/parley/internal/deadline"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/rescue"
	"github.com/parley-rtc/parley/internal/seal"
)

// The limits of the protocol, in bytes. API Gateway carries at most 128 KB in one message.
const (
	MaxRoster = 100 << 10
	MaxFrame  = 128 << 10
)

// MaxSeats bounds the seats of a room: its roster is one item.
const MaxSeats = 250

// Origin is where and when a command comes from.
type Origin struct {
	Conn    ConnID
	Dialect string
	Time    time.Time
}

// Service carries out what clients ask for. It is safe for concurrent use.
type Service struct {
	Store   Store
	Pusher  Pusher
	Encoder Encoder
	Sealer  *seal.Sealer // needed by Do only
	ICE     ICE
	Seats   int         // in a room whose opener's rights say nothing else
	Limits  Limits      // of each connection
	Flow    *limit.Flow // counts what goes by Limits.Rate and, of what is refused, by Limits.Joins; optional
	Hold    *Hold       // keeps signals in order, optional
	Budget  Budget      // optional: what joins are refused by
	Actions Actions     // optional: a project's own
	Items   Items       // needed by Actions only

	NeedRights bool          // only connections with rights may join, as far as these go
	Grace      time.Duration // how long the seat of a peer is kept that lost its socket; 0: not at all
	FirstHosts bool          // the host is who joined first, and not whom a token names
	Lobby      bool          // who is no host has to be let in by one
}

// Connect remembers a connection that is about to open, with its rights, nil if it has none, and its dialect's state.
func (s *Service) Connect(ctx context.Context, from Origin, rights *Rights, state string) error {
	if len(from.Conn) > seal.MaxField { // API Gateway's have some 16
		return fmt.Errorf("the connection's id is %d bytes long, the limit is %d", len(from.Conn), seal.MaxField)
	}
	return s.Store.Connect(ctx, Connection{ID: from.Conn, Dialect: from.Dialect, Opened: from.Time, Rights: rights, State: state})
}

// Disconnect forgets a connection, tells the rooms it was in, and returns it as it was: the zero Connection if it was not
// remembered. An error may be about some of the rooms only, and comes with the connection then.
func (s *Service) Disconnect(ctx context.Context, from Origin) (Connection, error) {
	forgotten, err := s.Store.Disconnect(ctx, from.Conn)
	if err != nil {
		return Connection{}, err
	}
	t := &turn{Service: s, from: from}
	for id, name := range forgotten.Rooms {
		t.note(rescue.Do(func() error {
			if knock, waits := name.knock(); waits {
				return t.gaveUp(ctx, id, knock)
			}
			return t.bury(ctx, id, []Peer{{Name: name, Conn: from.Conn}})
		}))
	}
	return forgotten, t.aside()
}

// Do carries out one command and answers it, exactly once. Both results are for the log: what the request was refused for, of
// which the client is told what Describe says, nil if it was carried out; and what went wrong beside that.
func (s *Service) Do(ctx context.Context, from Origin, cmd Command) (refused, aside error) {
	work, cancel := withReserve(ctx)
	defer cancel()
	t := &turn{Service: s, from: from}
	var a answer
	var frame []byte
	err := rescue.Do(func() (err error) {
		if a, err = t.carryOut(work, cmd); err == nil {
			frame, err = t.encode(a.event)
		}
		return err
	})
	var deafness error
	if err == nil {
		deafness = t.attempt(func() error { return t.reply(ctx, frame) })
	} else {
		deafness = t.attempt(func() error { return t.refuse(ctx, cmd.Req(), Describe(err)) })
	}
	if a.then != nil {
		_ = t.attempt(func() error { a.then(work, deafness); return nil })
	}
	return err, t.aside()
}

// Refuse tells the client of a request that was not even tried. The result is for the log: that it could not be told.
func (s *Service) Refuse(ctx context.Context, from Origin, refusal *RequestError) (aside error) {
	t := &turn{Service: s, from: from}
	_ = t.refuse(ctx, refusal.Request, refusal.Err) // noted
	return t.aside()
}

// reserve is what of an invocation's time is kept back from the work, so that there always is some left to tell the
// client that it failed.
const reserve = 200 * time.Millisecond

func withReserve(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return deadline.With(ctx, end.Add(-reserve))
}

func (t *turn) carryOut(ctx context.Context, cmd Command) (answer, error) {
	if seals(cmd) {
		if err := t.Sealer.Ready(ctx); err != nil {
			return answer{}, err
		}
	}
	switch c := cmd.(type) {
	case Join:
		return t.join(ctx, c)
	case Report:
		return t.report(ctx, c)
	case Leave:
		return t.leave(ctx, c)
	case Signal:
		return t.signal(ctx, c)
	case Broadcast:
		return t.broadcast(ctx, c)
	case Update:
		return t.update(ctx, c)
	case ListRoster:
		return t.listRoster(ctx, c)
	case Kick:
		return t.kick(ctx, c)
	case SetLock:
		return t.setLock(ctx, c)
	case Knock:
		return t.knock(ctx, c)
	case Admit:
		return t.letIn(ctx, c)
	case Deny:
		return t.deny(ctx, c)
	case GetICE:
		return t.listICE(ctx, c)
	case Ping:
		return answer{event: Pong{c.Request}}, nil
	case Custom:
		return t.custom(ctx, c)
	}
	return answer{}, fmt.Errorf("no handler for %T", cmd)
}

// need is what a reading of a room has to show. One that does not is read again, consistently: an eventually consistent one
// may miss what was written a moment ago.
type need struct {
	peer   PeerName // in the room; "" is nobody
	rev    int64    // of the room, at least
	latest bool     // whatever was written: the first reading is consistent
}

// member reads the room and finds the sender in it. What else the request needs is read until it is there, or there is none.
func (t *turn) member(ctx context.Context, id RoomID, n need) (room Room, self Peer, err error) {
	for _, consistent := range []bool{false, true} {
		if n.latest && !consistent {
			continue
		}
		room, err = t.Store.Room(ctx, id, t.from.Time, consistent)
		if err != nil {
			return room, self, err
		}
		var found bool
		if self, found = room.On(t.from.Conn); !found || room.Rev < n.rev && !consistent {
			continue
		}
		if !self.Lost.IsZero() {
			if room, self, err = t.revive(ctx, id, self); err != nil {
				return room, self, err
			}
		}
		if orphaned(self, t.from.Time) {
			t.adopt(ctx, id, self)
		}
		if _, found = room.Named(n.peer); found || n.peer == "" {
			return room, self, nil
		}
	}
	if self.Name == "" {
		return room, self, notInRoom(id)
	}
	return room, self, noSuchPeer(id, n.peer)
}

func notInRoom(id RoomID) *Error {
	return Errorf(CodeNotInRoom, "you are not in room %s: join it first", id)
}

func noSuchPeer(id RoomID, name PeerName) *Error {
	return Errorf(CodeNoSuchPeer, "%s is not in room %s (any more): ask for the roster", name, id)
}

func (t *turn) address(id RoomID, from, to Peer) string {
	return Address{
		Room: id, FromConn: from.Conn, FromName: from.Name,
		ToConn: to.Conn, ToName: to.Name, ToDialect: to.Dialect, Expires: t.from.Time.Add(AddressTTL),
	}.Seal(t.Sealer)
}

// view is how the room's others look to one of its peers.
func (t *turn) view(room Room, self Peer) []PeerView {
	others := room.Others(self.Conn)
	views := make([]PeerView, len(others))
	for i, p := range others {
		views[i] = t.look(room, self, p)
	}
	return views
}

// look is how p looks to another peer of the room. One that is getting its mail has no address yet: what is sent by it would
// come before the mail.
func (t *turn) look(room Room, to, p Peer) PeerView {
	address := ""
	if p.Busy.IsZero() {
		address = t.address(room.ID, to, p)
	}
	return PeerView{Name: p.Name, Address: address, Data: p.Data, Role: t.role(room, p), Lost: p.Lost}
}

func (s *Service) role(room Room, p Peer) Role {
	switch {
	case !s.FirstHosts:
		return p.Role
	case room.Peers[0].Name == p.Name:
		return RoleHost
	}
	return RoleGuest
}
