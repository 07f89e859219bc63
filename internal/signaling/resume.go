package signaling

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"time"
)

// ReasonReplaced is the reason of Kicked for a connection whose seat its own peer took on another one.
const ReasonReplaced = "replaced"

// seatClaim is the right to take a seat from the connection that holds it.
type seatClaim struct {
	Room    RoomID
	Name    PeerName
	Conn    ConnID
	User    string
	Joined  time.Time // which seat of that name it is
	Expires time.Time // whole seconds
}

// resumeVersion tells resume strings from addresses.
var resumeVersion = []byte("parley resume 1")

// resumeString returns what takes self's seat back, "" where seats are not kept.
func (s *Service) resumeString(room RoomID, self Peer, now time.Time) string {
	if s.Grace == 0 {
		return ""
	}
	return s.Sealer.seal(resumeVersion, now.Add(AddressTTL+s.Grace), string(room), string(self.Name), string(self.Conn), userDigest(self.User),
		strconv.FormatInt(self.Joined.UnixMilli(), 10))
}

// userDigest keeps the sealed field short: a user may be of any length.
func userDigest(user string) string {
	if user == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(user))
	return base64.RawStdEncoding.EncodeToString(sum[:])
}

// claim opens the resume string of a join and lets the join ask for the name that it is about.
func (s *Service) claim(c *Join) (seatClaim, error) {
	expires, f, err := s.Sealer.open(resumeVersion, c.Resume)
	if err != nil || RoomID(f[0]) != c.Room || c.Peer != "" && c.Peer != PeerName(f[1]) {
		return seatClaim{}, notYours()
	}
	c.Peer = PeerName(f[1])
	claim := seatClaim{Room: c.Room, Name: c.Peer, Conn: ConnID(f[2]), User: f[3], Expires: expires}
	if len(f) > 4 { // strings of the first releases do not say it
		ms, err := strconv.ParseInt(f[4], 10, 64)
		if err != nil {
			return seatClaim{}, notYours()
		}
		claim.Joined = time.UnixMilli(ms)
	}
	return claim, nil
}

func notYours() *Error {
	return Errorf(CodeForbidden, "resume: not a string that you were given for this room and name: join without it")
}

func resumeExpired() *Error {
	return Errorf(CodeResumeExpired, "resume: it was used already, or the seat is kept no longer: join without it")
}

// resume takes the seat that the claim is about.
func (s *Service) resume(ctx context.Context, from Origin, c Join, self Peer, claim seatClaim) error {
	if claim.User != userDigest(self.User) {
		return notYours()
	}
	if from.Time.After(claim.Expires) {
		return resumeExpired()
	}
	var err error
	for range 3 { // a socket of the same peer that died meanwhile may still be taking the seat
		if err = s.resumeOnce(ctx, from, c, self, claim); !errors.Is(err, ErrNoPeer) {
			return err
		}
	}
	return err
}

// resumeOnce fails with ErrNoPeer, too, if the seat changed hands meanwhile.
func (s *Service) resumeOnce(ctx context.Context, from Origin, c Join, self Peer, claim seatClaim) error {
	room, err := s.Store.Room(ctx, c.Room, from.Time, true)
	if err != nil {
		return err
	}
	holder, seated := room.Named(claim.Name)
	if seated && holder.Conn == from.Conn && holder.Joined.Equal(claim.Joined) {
		// It was taken already, by this request's own first try: others may not have heard of it.
		if err := s.seated(ctx, from, c, room, holder); err != nil {
			return err
		}
		return s.back(ctx, from, room, holder, nil)
	}
	if seated && holder.Conn != claim.Conn && holder.Joined.Equal(claim.Joined) {
		// The string was used, but who used it may never have heard of it: it counts again once that socket is dead.
		if holder, seated, err = s.lostSince(ctx, from, room, holder); err != nil {
			return err
		}
		claim.Conn = holder.Conn
	}
	if !seated || holder.Conn != claim.Conn {
		return resumeExpired()
	}
	return s.take(ctx, from, c, room, self, holder)
}

// lostSince finds out whether the socket of the peer is gone, and returns the peer if so.
func (s *Service) lostSince(ctx context.Context, from Origin, room Room, p Peer) (Peer, bool, error) {
	if !p.Lost.IsZero() {
		return p, true, nil
	}
	if err := s.bury(ctx, room.ID, s.probe(ctx, []Peer{p}), from.Time); tellable(err) {
		return p, false, err
	}
	room, err := s.Store.Room(ctx, room.ID, from.Time, true)
	if err != nil {
		return p, false, err
	}
	p, seated := room.Named(p.Name)
	return p, seated && !p.Lost.IsZero(), nil
}

// take moves the seat of holder to the connection that asks for it. The one that held it, if it lives, is told and closed;
// the others see only that the peer is back.
func (s *Service) take(ctx context.Context, from Origin, c Join, room Room, self, holder Peer) error {
	if mine, seated := room.On(from.Conn); seated && mine.Name != holder.Name {
		return secondSeat(c.Room, mine.Name)
	}
	if c.Data != nil && room.Size()-len(holder.Data)+len(c.Data) > MaxRoster {
		return Errorf(CodeTooLarge, "data: the roster of room %s would pass %d KB: join with less", c.Room, MaxRoster>>10)
	}
	self.Name = holder.Name
	room, holder, err := s.served(ctx, from, room, holder)
	var mail []Mail
	if err == nil {
		room, mail, holder, err = s.openKept(ctx, c.Room, self, holder, from.Time)
	}
	if errors.Is(err, ErrNoPeer) {
		return errors.Join(resumeExpired(), err)
	}
	if err != nil {
		return err
	}
	self, _ = room.Named(self.Name)
	// As in a join: a $disconnect of this connection either finds the room with it, or this finds it gone.
	if err := s.enter(ctx, from, c.Room, self.Name); err != nil {
		if overLimits(err) {
			return both(err, s.giveBack(ctx, room, self, holder, from.Time))
		}
		return errors.Join(err, s.bury(ctx, c.Room, []Peer{self}, from.Time))
	}
	frame, err := s.Encoder.Encode(from.Dialect, s.joined(from, c.Request, room, self))
	if err != nil {
		return err
	}
	var answered error
	if frame != nil {
		answered = s.Pusher.Push(ctx, from.Conn, frame)
	}
	if holder.Lost.IsZero() && holder.Conn != from.Conn {
		answered = errors.Join(answered, s.replace(ctx, c.Room, holder))
	}
	if errors.Is(answered, ErrGone) {
		return s.bury(ctx, c.Room, []Peer{self}, from.Time)
	}
	gone, err := s.deliver(ctx, c.Room, self, mail, from.Time)
	if gone {
		return errors.Join(logOnly(answered), err)
	}
	if err == nil {
		self.Busy = time.Time{}
	}
	return s.back(ctx, from, room, self, errors.Join(answered, err))
}

// served waits until a peer that is just getting its mail has it, so that none of it goes to both of its sockets. One whose
// mail takes too long is not waited for.
func (s *Service) served(ctx context.Context, from Origin, room Room, holder Peer) (Room, Peer, error) {
	for attempt := range attempts {
		if !holder.Busy.After(from.Time) {
			break
		}
		if err := pause(ctx, from.Conn, attempt+1); err != nil {
			return room, holder, err
		}
		now, err := s.Store.Room(ctx, room.ID, from.Time, true)
		if err != nil {
			return room, holder, err
		}
		seat, seated := now.Named(holder.Name)
		if !seated || seat.Conn != holder.Conn {
			return room, holder, ErrNoPeer
		}
		room, holder = now, seat
	}
	return room, holder, nil
}

// openKept opens the seat of holder, though somebody may just have noticed that its socket is gone.
func (s *Service) openKept(ctx context.Context, id RoomID, self, holder Peer, now time.Time) (Room, []Mail, Peer, error) {
	for range 2 {
		room, mail, err := s.openSeat(ctx, id, self, holder, now)
		if !errors.Is(err, ErrNoPeer) {
			return room, mail, holder, err
		}
		if room, err = s.Store.Room(ctx, id, now, true); err != nil {
			return room, nil, holder, err
		}
		seat, kept := room.Named(holder.Name)
		if !kept || seat.Conn != holder.Conn || seat.Loss == holder.Loss {
			break
		}
		holder = seat
	}
	return Room{}, nil, holder, ErrNoPeer
}

// giveBack returns a seat that was just taken to who held it; nobody was told.
func (s *Service) giveBack(ctx context.Context, room Room, self, holder Peer, now time.Time) error {
	if !holder.Lost.IsZero() {
		holder.Loss = room.Rev // the mailbox of the loss before is closed
	}
	_, err := s.Store.Restore(ctx, room.ID, self, holder, now)
	return err
}

// replace ends the connection that a peer has left for a newer one. That it is gone already is no failure.
func (s *Service) replace(ctx context.Context, id RoomID, old Peer) error {
	told := s.send(ctx, old, Kicked{id, old.Name, ReasonReplaced})
	if errors.Is(told, ErrGone) {
		return nil
	}
	return errors.Join(told, s.Pusher.Close(ctx, old.Conn))
}

func (s *Service) back(ctx context.Context, from Origin, room Room, self Peer, answered error) error {
	return s.announce(ctx, from, room, answered, func(p Peer) Event {
		return PeerBack{room.ID, room.Rev, s.look(room, p, self, from.Time)}
	})
}

// revive gives the seat back to a peer that was taken for lost and acts on the very connection.
func (s *Service) revive(ctx context.Context, from Origin, id RoomID, self Peer) (Room, Peer, error) {
	if err := s.Sealer.Ready(ctx); err != nil {
		return Room{}, self, err
	}
	room, self, err := s.served(ctx, from, Room{ID: id}, self)
	if err == nil && self.Lost.IsZero() {
		return room, self, nil
	}
	again := self
	again.Data = nil
	var mail []Mail
	if err == nil {
		room, mail, err = s.openSeat(ctx, id, again, self, from.Time)
	}
	if errors.Is(err, ErrNoPeer) {
		return room, self, notInRoom(id)
	}
	if err != nil {
		return room, self, err
	}
	self, _ = room.Named(self.Name)
	gone, err := s.deliver(ctx, id, self, mail, from.Time)
	if gone {
		return room, self, err
	}
	if err == nil {
		self.Busy = time.Time{}
	}
	return room, self, s.back(ctx, from, room, self, err)
}
