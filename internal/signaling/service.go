package signaling

import (
	"context"
	"errors"
	"fmt"
	"time"
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
	Sealer  *Sealer // needed by Do only
	ICE     ICE
	Seats   int     // in a room whose opener's rights say nothing else
	Limits  Limits  // of each connection
	Flow    *Flow   // counts what goes by Limits.Rate and, of what is refused, by Limits.Joins; optional
	Hold    *Hold   // keeps signals in order, optional
	Budget  Budget  // optional: what joins are refused by
	Actions Actions // optional: a project's own
	Items   Items   // needed by Actions only

	NeedRights bool          // only connections with rights may join, as far as these go
	Grace      time.Duration // how long the seat of a peer is kept that lost its socket; 0: not at all
	FirstHosts bool          // the host is who joined first, and not whom a token names
	Lobby      bool          // who is no host has to be let in by one
}

// Connect remembers a connection that is about to open, with its rights; nil is none.
func (s *Service) Connect(ctx context.Context, from Origin, rights *Rights) error {
	return s.Store.Connect(ctx, Connection{ID: from.Conn, Dialect: from.Dialect, Opened: from.Time, Rights: rights})
}

// Disconnect forgets a connection and tells the rooms it was in.
func (s *Service) Disconnect(ctx context.Context, from Origin) error {
	rooms, err := s.Store.Disconnect(ctx, from.Conn)
	if err != nil {
		return err
	}
	var errs []error
	for id, name := range rooms {
		if knock, waits := name.knock(); waits {
			errs = append(errs, s.gaveUp(ctx, from, id, knock))
			continue
		}
		errs = append(errs, s.bury(ctx, id, []Peer{{Name: name, Conn: from.Conn}}, from.Time))
	}
	return errors.Join(errs...)
}

// Do carries out one command and answers it. A failure is told to the client and returned too, for the log; if telling
// failed as well, the error says so.
func (s *Service) Do(ctx context.Context, from Origin, cmd Command) error {
	work, cancel := withReserve(ctx)
	defer cancel()
	err := s.do(work, from, cmd)
	if !tellable(err) {
		return err
	}
	return s.Refuse(ctx, from, &RequestError{cmd.Req(), Describe(err)}, err)
}

// Refuse tells the client of a request that failed, and returns the cause.
func (s *Service) Refuse(ctx context.Context, from Origin, refusal *RequestError, cause error) error {
	if err := s.reply(ctx, from, Failed{refusal.Request, refusal.Err}); err != nil {
		return errors.Join(cause, fmt.Errorf("tell the client: %w", err))
	}
	return cause
}

// reserve is what of an invocation's time is kept back from the work, so that there always is some left to tell the
// client that it failed.
const reserve = 200 * time.Millisecond

func withReserve(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}

func (s *Service) do(ctx context.Context, from Origin, cmd Command) error {
	if seals(cmd) {
		if err := s.Sealer.Ready(ctx); err != nil {
			return err
		}
	}
	switch c := cmd.(type) {
	case Join:
		return s.join(ctx, from, c)
	case Report:
		return s.report(ctx, from, c)
	case Leave:
		return s.leave(ctx, from, c)
	case Signal:
		return s.signal(ctx, from, c)
	case Broadcast:
		return s.broadcast(ctx, from, c)
	case Update:
		return s.update(ctx, from, c)
	case ListRoster:
		return s.listRoster(ctx, from, c)
	case Kick:
		return s.kick(ctx, from, c)
	case SetLock:
		return s.setLock(ctx, from, c)
	case Knock:
		return s.knock(ctx, from, c)
	case Admit:
		return s.letIn(ctx, from, c)
	case Deny:
		return s.deny(ctx, from, c)
	case GetICE:
		servers, expires := s.ICE.For(from.Conn, from.Time)
		return s.reply(ctx, from, ICEListed{c.Request, servers, expires})
	case Ping:
		return s.reply(ctx, from, Pong{c.Request})
	case Custom:
		return s.custom(ctx, from, c)
	}
	return fmt.Errorf("no handler for %T", cmd)
}

// done acknowledges a request, if its sender wants to know.
func (s *Service) done(ctx context.Context, from Origin, r Request) error {
	if r.ID == "" {
		return nil
	}
	return s.reply(ctx, from, Done{Request: r})
}

// reply sends an event to the sender itself. A sender that is gone needs no answer: its $disconnect, or the next push to
// it, settles what it leaves behind.
func (s *Service) reply(ctx context.Context, from Origin, ev Event) error {
	frame, err := s.Encoder.Encode(from.Dialect, ev)
	if err != nil || frame == nil {
		return err
	}
	if err := s.Pusher.Push(ctx, from.Conn, frame); err != nil && !errors.Is(err, ErrGone) {
		return fmt.Errorf("reply: %w", err)
	}
	return nil
}

// member reads the room and finds the sender in it, and to as well if it is not empty. An eventually consistent read may
// miss who joined a moment ago, so a miss, and only a miss, is read again consistently.
func (s *Service) member(ctx context.Context, id RoomID, from Origin, to PeerName) (room Room, self Peer, err error) {
	for _, consistent := range []bool{false, true} {
		room, err = s.Store.Room(ctx, id, from.Time, consistent)
		if err != nil {
			return room, self, err
		}
		var found bool
		if self, found = room.On(from.Conn); !found {
			continue
		}
		if !self.Lost.IsZero() {
			if room, self, err = s.revive(ctx, from, id, self); tellable(err) {
				return room, self, err
			}
		}
		if orphaned(self, from.Time) {
			if err := s.adopt(ctx, id, self, from.Time); tellable(err) {
				return room, self, err
			}
		}
		if _, found = room.Named(to); found || to == "" {
			return room, self, nil
		}
	}
	if self.Name == "" {
		return room, self, notInRoom(id)
	}
	return room, self, noSuchPeer(id, to)
}

func notInRoom(id RoomID) *Error {
	return Errorf(CodeNotInRoom, "you are not in room %s: join it first", id)
}

func noSuchPeer(id RoomID, name PeerName) *Error {
	return Errorf(CodeNoSuchPeer, "%s is not in room %s (any more): ask for the roster", name, id)
}

func (s *Service) address(id RoomID, from, to Peer, now time.Time) string {
	return s.Sealer.Seal(Address{
		Room: id, FromConn: from.Conn, FromName: from.Name,
		ToConn: to.Conn, ToName: to.Name, ToDialect: to.Dialect, Expires: now.Add(AddressTTL),
	})
}

// view is how the room's others look to one of its peers.
func (s *Service) view(room Room, self Peer, now time.Time) []PeerView {
	others := room.Others(self.Conn)
	views := make([]PeerView, len(others))
	for i, p := range others {
		views[i] = s.look(room, self, p, now)
	}
	return views
}

// look is how p looks to another peer of the room. One that is getting its mail has no address yet: what is sent by it would
// come before the mail.
func (s *Service) look(room Room, to, p Peer, now time.Time) PeerView {
	address := ""
	if p.Busy.IsZero() {
		address = s.address(room.ID, to, p, now)
	}
	return PeerView{p.Name, address, p.Data, s.role(room, p), p.Lost}
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
