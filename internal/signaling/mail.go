package signaling

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"time"
)

// The limits of what waits for one lost peer.
const (
	MaxMail      = 64        // messages
	MaxMailBytes = 128 << 10 // of their data, names and counters
)

// Mail is a signal that waits for a lost peer.
type Mail struct {
	From PeerName
	Data json.RawMessage
	N    json.RawMessage // nil when absent
}

// Size is what a message counts of MaxMailBytes.
func (m Mail) Size() int { return len(m.From) + len(m.Data) + len(m.N) }

// Mailbox is where mail waits for one loss of a peer. A later loss of that peer has another box, which ends the earlier and
// takes over what nobody has got of it; who has the name later has none of it.
type Mailbox struct {
	Peer  PeerName
	Seat  time.Time // when it joined: which seat of that name it is
	Loss  int64     // the room's revision by which it was lost
	Until time.Time // until when it may be needed
}

func mailbox(p Peer) Mailbox {
	box := Mailbox{p.Name, p.Joined, p.Loss, p.Lost}
	if p.Busy.After(p.Lost) {
		box.Until = p.Busy
	}
	return box
}

// busyFor is how long others wait at most until a peer that is back has its mail: what the function has for it.
const busyFor = 5 * time.Second

// attempts bounds how often a signal looks for a peer that is just coming or going.
const attempts = 12

// pause waits a moment before a further look, longer each time, and for each connection a different time.
func pause(ctx context.Context, conn ConnID, attempt int) error {
	most := min(10<<attempt, 320)
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(conn)) // never fails
	return wait(ctx, time.Duration(most/2+int(hash.Sum32()>>8)%(most/2))*time.Millisecond)
}

// carry takes a signal to a peer of the room: to its socket, or to its mailbox while it has none, which it reports. A
// peer that is just coming back gets its mail first.
func (t *turn) carry(ctx context.Context, c Signal, self, to Peer) (queued bool, err error) {
	for attempt := range attempts {
		switch {
		case !to.Lost.IsZero():
			err = t.Store.KeepMail(ctx, c.Room, mailbox(to), Mail{self.Name, c.Data, c.N}, t.from.Time)
			switch {
			case err == nil:
				return true, nil
			case errors.Is(err, ErrRefused):
				return false, mailFull(c.To)
			case !errors.Is(err, ErrNoPeer):
				return false, unreached(c.To, err)
			}
		case orphaned(to, t.from.Time):
			t.adopt(ctx, c.Room, to)
		case to.Busy.IsZero():
			err = t.send(ctx, to, Signaled{c.Room, self.Name, c.Data, c.N})
			if err == nil {
				return false, nil
			}
			if !errors.Is(err, ErrGone) {
				return false, unreached(c.To, err)
			}
			t.note(t.bury(ctx, c.Room, []Peer{to}))
			if t.Grace == 0 {
				return false, noSuchPeer(c.Room, c.To)
			}
		}
		if attempt > 0 {
			if err := pause(ctx, t.from.Conn, attempt); err != nil {
				break
			}
		}
		room, err := t.Store.Room(ctx, c.Room, t.from.Time, true)
		if err != nil {
			return false, unreached(c.To, err)
		}
		var there bool
		if to, there = room.Named(c.To); !there {
			return false, noSuchPeer(c.Room, c.To)
		}
	}
	return false, lostPeer(c.To)
}

// openSeat moves the seat of holder to self, and returns the mail that waited: from then on nothing is added to it. The
// peer counts as busy until deliver is through.
func (t *turn) openSeat(ctx context.Context, id RoomID, self, holder Peer) (Room, []Mail, error) {
	now := t.from.Time
	var mail []Mail
	self.Busy, self.Loss = time.Time{}, 0
	if !holder.Lost.IsZero() || !holder.Busy.IsZero() {
		var err error
		mail, err = t.Store.CloseMail(ctx, id, mailbox(holder), now)
		if err != nil {
			return Room{}, nil, err
		}
	}
	if len(mail) > 0 {
		self.Busy, self.Loss = now.Add(busyFor).Truncate(time.Millisecond), holder.Loss
	}
	room, err := t.Store.Resume(ctx, id, self, holder, now)
	return room, mail, err
}

// deliver sends the mail that waited, lets others reach the peer, and returns it as it is then. What cannot be delivered waits
// on: for the peer's return if its socket is gone, which it reports, else for whoever adopts it.
func (t *turn) deliver(ctx context.Context, id RoomID, self Peer, mail []Mail) (_ Peer, gone bool) {
	if len(mail) == 0 {
		self.Busy = time.Time{}
		return self, false
	}
	for i, m := range mail {
		failed := t.send(ctx, self, Signaled{id, m.From, m.Data, m.N})
		if failed == nil {
			continue
		}
		if i > 0 {
			t.note(t.Store.ClearMail(ctx, id, mailbox(self), mail[:i], t.from.Time))
		}
		if !errors.Is(failed, ErrGone) {
			t.note(failed)
			t.note(t.unbusy(ctx, id, self, t.from.Time))
			return self, false
		}
		err := t.bury(ctx, id, []Peer{self})
		if err == nil { // else nobody would know of what is left
			err = t.unbusy(ctx, id, self, time.Time{})
		}
		t.note(err)
		return self, true
	}
	err := t.Store.ClearMail(ctx, id, mailbox(self), mail, t.from.Time)
	if err == nil {
		err = t.unbusy(ctx, id, self, time.Time{})
	}
	if err == nil {
		self.Busy = time.Time{}
	}
	t.note(err)
	return self, false
}

// unbusy ends the time in which others wait for the peer. That somebody did so before is no failure.
func (t *turn) unbusy(ctx context.Context, id RoomID, p Peer, until time.Time) error {
	err := t.Store.SetBusy(ctx, id, p.Name, p.Conn, p.Busy, until, t.from.Time)
	if errors.Is(err, ErrNoPeer) {
		return nil
	}
	return err
}

// orphaned reports whether whoever was delivering the peer's mail has died over it.
func orphaned(p Peer, now time.Time) bool { return !p.Busy.IsZero() && !p.Busy.After(now) }

// adopt delivers the mail of a peer that is orphaned. Some of it may come twice: nobody knows how far the other got. Somebody
// may have been faster.
func (t *turn) adopt(ctx context.Context, id RoomID, p Peer) {
	until := t.from.Time.Add(busyFor).Truncate(time.Millisecond)
	err := t.Store.SetBusy(ctx, id, p.Name, p.Conn, p.Busy, until, t.from.Time)
	if errors.Is(err, ErrNoPeer) {
		return
	}
	if err != nil {
		t.note(err)
		return
	}
	p.Busy = until
	mail, err := t.Store.CloseMail(ctx, id, mailbox(p), t.from.Time)
	if err == nil && len(mail) > 0 {
		t.deliver(ctx, id, p, mail)
		return
	}
	if err == nil || errors.Is(err, ErrNoPeer) {
		err = t.unbusy(ctx, id, p, time.Time{})
	}
	t.note(err)
}

func mailFull(to PeerName) *Error {
	return &Error{CodeMailFull, fmt.Sprintf("%s has lost its connection, and %d messages or %d KB wait for it already: try again when it is back",
		to, MaxMail, MaxMailBytes>>10), true}
}
