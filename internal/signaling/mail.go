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
	timer := time.NewTimer(time.Duration(most/2+int(hash.Sum32()>>8)%(most/2)) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// carry takes a signal to a peer of the room: to its socket, or to its mailbox while it has none, which it reports. A
// peer that is just coming back gets its mail first.
func (s *Service) carry(ctx context.Context, from Origin, c Signal, self, to Peer) (queued bool, err error) {
	var found error // of ghosts, for the log
	for attempt := range attempts {
		switch {
		case !to.Lost.IsZero():
			err = s.Store.KeepMail(ctx, c.Room, mailbox(to), Mail{self.Name, c.Data, c.N}, from.Time)
			switch {
			case err == nil:
				return true, found
			case errors.Is(err, ErrRefused):
				return false, mailFull(c.To)
			case !errors.Is(err, ErrNoPeer):
				return false, errors.Join(unreached(c.To, err), found)
			}
		case orphaned(to, from.Time):
			found = errors.Join(found, s.adopt(ctx, c.Room, to, from.Time))
		case to.Busy.IsZero():
			err = s.send(ctx, to, Signaled{c.Room, self.Name, c.Data, c.N})
			if !errors.Is(err, ErrGone) {
				if err != nil {
					err = unreached(c.To, err)
				}
				return false, errors.Join(err, found)
			}
			found = errors.Join(found, s.bury(ctx, c.Room, []Peer{to}, from.Time))
			if s.Grace == 0 {
				return false, errors.Join(noSuchPeer(c.Room, c.To), found)
			}
		}
		if attempt > 0 {
			if err := pause(ctx, from.Conn, attempt); err != nil {
				break
			}
		}
		room, err := s.Store.Room(ctx, c.Room, from.Time, true)
		if err != nil {
			return false, errors.Join(unreached(c.To, err), found)
		}
		var there bool
		if to, there = room.Named(c.To); !there {
			return false, errors.Join(noSuchPeer(c.Room, c.To), found)
		}
	}
	return false, errors.Join(lostPeer(c.To), found)
}

// openSeat moves the seat of holder to self, and returns the mail that waited: from then on nothing is added to it. The
// peer counts as busy until deliver is through.
func (s *Service) openSeat(ctx context.Context, id RoomID, self, holder Peer, now time.Time) (Room, []Mail, error) {
	var mail []Mail
	self.Busy, self.Loss = time.Time{}, 0
	if !holder.Lost.IsZero() || !holder.Busy.IsZero() {
		var err error
		mail, err = s.Store.CloseMail(ctx, id, mailbox(holder), now)
		if err != nil {
			return Room{}, nil, err
		}
	}
	if len(mail) > 0 {
		self.Busy, self.Loss = now.Add(busyFor).Truncate(time.Millisecond), holder.Loss
	}
	room, err := s.Store.Resume(ctx, id, self, holder, now)
	return room, mail, err
}

// deliver sends the mail that waited, and lets others reach the peer. What cannot be delivered waits on: for the peer's
// return if its socket is gone, which it reports, else for whoever adopts it.
func (s *Service) deliver(ctx context.Context, id RoomID, self Peer, mail []Mail, now time.Time) (gone bool, err error) {
	if len(mail) == 0 {
		return false, nil
	}
	for i, m := range mail {
		failed := s.send(ctx, self, Signaled{id, m.From, m.Data, m.N})
		if failed == nil {
			continue
		}
		var cleared error
		if i > 0 {
			cleared = s.Store.ClearMail(ctx, id, mailbox(self), mail[:i], now)
		}
		if errors.Is(failed, ErrGone) {
			err = s.bury(ctx, id, []Peer{self}, now)
			if err == nil { // else nobody would know of what is left
				err = s.unbusy(ctx, id, self, time.Time{}, now)
			}
			return true, logOnly(errors.Join(cleared, err))
		}
		return false, logOnly(errors.Join(failed, cleared, s.unbusy(ctx, id, self, now, now)))
	}
	err = s.Store.ClearMail(ctx, id, mailbox(self), mail, now)
	if err == nil {
		err = s.unbusy(ctx, id, self, time.Time{}, now)
	}
	return false, logOnly(err)
}

// unbusy ends the time in which others wait for the peer. That somebody did so before is no failure.
func (s *Service) unbusy(ctx context.Context, id RoomID, p Peer, until, now time.Time) error {
	err := s.Store.SetBusy(ctx, id, p.Name, p.Conn, p.Busy, until, now)
	if errors.Is(err, ErrNoPeer) {
		return nil
	}
	return err
}

// orphaned reports whether whoever was delivering the peer's mail has died over it.
func orphaned(p Peer, now time.Time) bool { return !p.Busy.IsZero() && !p.Busy.After(now) }

// adopt delivers the mail of a peer that is orphaned. Some of it may come twice: nobody knows how far the other got. Somebody
// may have been faster.
func (s *Service) adopt(ctx context.Context, id RoomID, p Peer, now time.Time) error {
	until := now.Add(busyFor).Truncate(time.Millisecond)
	err := s.Store.SetBusy(ctx, id, p.Name, p.Conn, p.Busy, until, now)
	if errors.Is(err, ErrNoPeer) {
		return nil
	}
	if err != nil {
		return logOnly(err)
	}
	p.Busy = until
	mail, err := s.Store.CloseMail(ctx, id, mailbox(p), now)
	if err == nil && len(mail) > 0 {
		_, err = s.deliver(ctx, id, p, mail, now)
		return err
	}
	if err == nil || errors.Is(err, ErrNoPeer) {
		err = s.unbusy(ctx, id, p, time.Time{}, now)
	}
	return logOnly(err)
}

func mailFull(to PeerName) *Error {
	return &Error{CodeMailFull, fmt.Sprintf("%s has lost its connection, and %d messages or %d KB wait for it already: try again when it is back",
		to, MaxMail, MaxMailBytes>>10), true}
}
