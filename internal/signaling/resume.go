package signaling

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"time"

	"github.com/parley-rtc/parley/internal/seal"
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

// resumes are what resume strings are sealed for.
var resumes = seal.Purpose{Name: "parley resume 1", Fields: 4}

// resumeString returns what takes self's seat back, "" where seats are not kept.
func (t *turn) resumeString(room RoomID, self Peer) string {
	if t.Grace == 0 {
		return ""
	}
	return t.Sealer.Seal(resumes, t.from.Time.Add(AddressTTL+t.Grace), string(room), string(self.Name), string(self.Conn), userDigest(self.User),
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
	expires, f, err := s.Sealer.Open(resumes, c.Resume)
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
func (t *turn) resume(ctx context.Context, c Join, self Peer, claim seatClaim) (answer, error) {
	if claim.User != userDigest(self.User) {
		return answer{}, notYours()
	}
	if t.from.Time.After(claim.Expires) {
		return answer{}, resumeExpired()
	}
	var a answer
	var err error
	for range 3 { // a socket of the same peer that died meanwhile may still be taking the seat
		if a, err = t.resumeOnce(ctx, c, self, claim); !errors.Is(err, ErrNoPeer) {
			return a, err
		}
	}
	return answer{}, resumeExpired()
}

// resumeOnce fails with ErrNoPeer, too, if the seat changed hands meanwhile.
func (t *turn) resumeOnce(ctx context.Context, c Join, self Peer, claim seatClaim) (answer, error) {
	room, err := t.Store.Room(ctx, c.Room, t.from.Time, true)
	if err != nil {
		return answer{}, err
	}
	holder, seated := room.Named(claim.Name)
	if seated && holder.Conn == t.from.Conn && holder.Joined.Equal(claim.Joined) {
		// It was taken already, by this request's own first try: others may not have heard of it.
		a, err := t.seated(ctx, c, room, holder)
		adopted := a.then
		a.then = func(ctx context.Context, deafness error) {
			if adopted != nil {
				adopted(ctx, deafness)
			}
			t.back(ctx, room, holder)
		}
		return a, err
	}
	if seated && holder.Conn != claim.Conn && holder.Joined.Equal(claim.Joined) {
		// The string was used, but who used it may never have heard of it: it counts again once that socket is dead.
		if holder, seated, err = t.lostSince(ctx, room, holder); err != nil {
			return answer{}, err
		}
		claim.Conn = holder.Conn
	}
	if !seated || holder.Conn != claim.Conn {
		return answer{}, resumeExpired()
	}
	return t.take(ctx, c, room, self, holder)
}

// lostSince finds out whether the socket of the peer is gone, and returns the peer if so.
func (t *turn) lostSince(ctx context.Context, room Room, p Peer) (Peer, bool, error) {
	if !p.Lost.IsZero() {
		return p, true, nil
	}
	if err := t.bury(ctx, room.ID, t.probe(ctx, []Peer{p})); err != nil {
		return p, false, err
	}
	room, err := t.Store.Room(ctx, room.ID, t.from.Time, true)
	if err != nil {
		return p, false, err
	}
	p, seated := room.Named(p.Name)
	return p, seated && !p.Lost.IsZero(), nil
}

// take moves the seat of holder to the connection that asks for it. The one that held it, if it lives, is told, and closed if
// that was its only seat; the others see only that the peer is back. It fails with ErrNoPeer if the seat is not holder's any more.
func (t *turn) take(ctx context.Context, c Join, room Room, self, holder Peer) (answer, error) {
	if mine, seated := room.On(t.from.Conn); seated && mine.Name != holder.Name {
		return answer{}, secondSeat(c.Room, mine.Name)
	}
	grows := len(c.Data) > len(holder.Data) // what does not grow always fits
	if grows && !t.fits(room.withData(holder.Name, c.Data)) {
		return answer{}, outgrown(c.Room, "join with less")
	}
	self.Name = holder.Name
	room, holder, err := t.served(ctx, room, holder)
	var mail []Mail
	if err == nil {
		room, mail, holder, err = t.openKept(ctx, c.Room, self, holder)
	}
	if err != nil {
		return answer{}, err
	}
	self, _ = room.Named(self.Name)
	if grows && !t.fits(room) { // others wrote meanwhile
		if err := t.giveBack(ctx, room, self, holder); err != nil {
			t.note(err)
			t.note(t.bury(ctx, c.Room, []Peer{self})) // or nobody would free it
		}
		return answer{}, outgrown(c.Room, "join with less")
	}
	// As in a join: a $disconnect of this connection either finds the room with it, or this finds it gone.
	if _, err := t.enter(ctx, c.Room, self.Name); err != nil {
		if overLimits(err) {
			t.note(t.giveBack(ctx, room, self, holder))
		} else {
			t.note(t.bury(ctx, c.Room, []Peer{self}))
		}
		return answer{}, err
	}
	return answer{t.joined(c.Request, room, self), func(ctx context.Context, deafness error) {
		if holder.Lost.IsZero() && holder.Conn != t.from.Conn {
			t.note(t.unseated(ctx, c.Room, holder, Kicked{c.Room, holder.Name, ReasonReplaced}))
		}
		if errors.Is(deafness, ErrGone) {
			t.note(t.bury(ctx, c.Room, []Peer{self}))
			return
		}
		gone := false
		if self, gone = t.deliver(ctx, c.Room, self, mail); !gone {
			t.back(ctx, room, self)
		}
	}}, nil
}

// served waits until a peer that is just getting its mail has it, so that none of it goes to both of its sockets. One whose
// mail takes too long is not waited for.
func (t *turn) served(ctx context.Context, room Room, holder Peer) (Room, Peer, error) {
	for attempt := range attempts {
		if !holder.Busy.After(t.from.Time) {
			break
		}
		if err := pause(ctx, t.from.Conn, attempt+1); err != nil {
			return room, holder, err
		}
		now, err := t.Store.Room(ctx, room.ID, t.from.Time, true)
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
func (t *turn) openKept(ctx context.Context, id RoomID, self, holder Peer) (Room, []Mail, Peer, error) {
	for range 2 {
		room, mail, err := t.openSeat(ctx, id, self, holder)
		if !errors.Is(err, ErrNoPeer) {
			return room, mail, holder, err
		}
		if room, err = t.Store.Room(ctx, id, t.from.Time, true); err != nil {
			return room, nil, holder, err
		}
		seat, kept := room.Named(holder.Name)
		if !kept || seat.Conn != holder.Conn {
			break
		}
		if seat.Loss == holder.Loss { // nothing has changed: to try again is no use
			return room, nil, holder, resumeExpired()
		}
		holder = seat
	}
	return Room{}, nil, holder, ErrNoPeer
}

// giveBack returns a seat that was just taken to who held it; nobody was told.
func (t *turn) giveBack(ctx context.Context, room Room, self, holder Peer) error {
	if !holder.Lost.IsZero() {
		holder.Loss = room.Rev // the mailbox of the loss before is closed
	}
	_, err := t.Store.Restore(ctx, room.ID, self, holder, t.from.Time)
	return err
}

func (t *turn) back(ctx context.Context, room Room, self Peer) {
	t.announce(ctx, room, func(p Peer) Event {
		return PeerBack{room.ID, room.Rev, t.look(room, p, self)}
	})
}

// revive gives the seat back to a peer that was taken for lost and acts on the very connection.
func (t *turn) revive(ctx context.Context, id RoomID, self Peer) (Room, Peer, error) {
	if err := t.Sealer.Ready(ctx); err != nil {
		return Room{}, self, err
	}
	room, self, err := t.served(ctx, Room{ID: id}, self)
	if err == nil && self.Lost.IsZero() {
		return room, self, nil
	}
	again := self
	again.Data = nil
	var mail []Mail
	if err == nil {
		room, mail, err = t.openSeat(ctx, id, again, self)
	}
	if errors.Is(err, ErrNoPeer) {
		return room, self, notInRoom(id)
	}
	if err != nil {
		return room, self, err
	}
	self, _ = room.Named(self.Name)
	self, gone := t.deliver(ctx, id, self, mail)
	if !gone {
		t.back(ctx, room, self)
	}
	return room, self, nil
}
