package signaling

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
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

// Mailbox is where mail waits for one loss of a peer. A later loss of that peer has another box, which ends the earlier.
type Mailbox struct {
	Peer  PeerName
	Loss  int64     // the room's revision by which it was lost
	Until time.Time // until when its seat is kept
}

func mailbox(p Peer) Mailbox { return Mailbox{p.Name, p.Loss, p.Lost} }

// busyFor is how long others wait at most until a peer that is back has its mail: what the function has for it.
const busyFor = 5 * time.Second

// attempts bounds how often a signal looks for a peer that is just coming or going.
const attempts = 12

// pause waits a moment before a further look, longer each time and never equally long.
func pause(ctx context.Context, attempt int) error {
	most := min(10<<attempt, 320)
	timer := time.NewTimer(time.Duration(most/2+rand.IntN(most/2)) * time.Millisecond)
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
			err = s.Store.KeepMail(ctx, c.Room, mailbox(to), []Mail{{self.Name, c.Data, c.N}}, false, from.Time)
			switch {
			case err == nil:
				return true, found
			case errors.Is(err, ErrRefused):
				return false, mailFull(c.To)
			case !errors.Is(err, ErrNoPeer):
				return false, errors.Join(unreached(c.To, err), found)
			}
		case !to.Busy.After(from.Time):
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
			if err := pause(ctx, attempt); err != nil {
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
// peer counts as busy until settle.
func (s *Service) openSeat(ctx context.Context, id RoomID, self, holder Peer, now time.Time) (Room, []Mail, error) {
	var mail []Mail
	if !holder.Lost.IsZero() {
		var err error
		mail, err = s.Store.CloseMail(ctx, id, mailbox(holder), now)
		if err != nil {
			return Room{}, nil, err
		}
	}
	if len(mail) > 0 {
		self.Busy = now.Add(busyFor)
	}
	room, err := s.Store.Resume(ctx, id, self, holder, now)
	return room, mail, err
}

// settle delivers the mail that waited and lets others reach the peer. If its socket fails before all is delivered, the
// peer is lost again and the rest waits on, before what came meanwhile; delivered says whether it was all.
func (s *Service) settle(ctx context.Context, id RoomID, self, holder Peer, mail []Mail, now time.Time) (delivered bool, err error) {
	if len(mail) == 0 {
		return true, nil
	}
	for i, m := range mail {
		failed := s.send(ctx, self, Signaled{id, m.From, m.Data, m.N})
		if failed == nil {
			continue
		}
		if errors.Is(failed, ErrGone) {
			failed = nil
		}
		return false, logOnly(errors.Join(failed, s.bury(ctx, id, []Peer{self}, now), s.returnMail(ctx, id, self, mail[i:], now)))
	}
	return true, logOnly(errors.Join(
		s.Store.Settle(ctx, id, self.Name, self.Conn, now), s.Store.ClearMail(ctx, id, mailbox(holder), now)))
}

// keepOn keeps mail of a peer whose new socket was gone before any could be delivered.
func (s *Service) keepOn(ctx context.Context, id RoomID, self Peer, mail []Mail, now time.Time) error {
	if len(mail) == 0 {
		return nil
	}
	return s.returnMail(ctx, id, self, mail, now)
}

// returnMail keeps mail that was not delivered for the next time. The peer may be back by then on a socket newer than self's:
// it gets the mail there.
func (s *Service) returnMail(ctx context.Context, id RoomID, self Peer, rest []Mail, now time.Time) error {
	failed := func(why error) error { return fmt.Errorf("%d messages of a lost peer are lost: %w", len(rest), why) }
	for attempt := range attempts {
		room, err := s.Store.Room(ctx, id, now, true)
		if err != nil {
			return failed(err)
		}
		peer, ok := room.Named(self.Name)
		if !ok {
			return failed(ErrNoPeer)
		}
		if peer.Lost.IsZero() {
			for len(rest) > 0 && err == nil {
				if err = s.send(ctx, peer, Signaled{id, rest[0].From, rest[0].Data, rest[0].N}); err == nil {
					rest = rest[1:]
				}
			}
			if len(rest) == 0 {
				return nil
			}
			if err := s.bury(ctx, id, []Peer{peer}, now); tellable(err) {
				return failed(err)
			}
			continue
		}
		if err = s.Store.KeepMail(ctx, id, mailbox(peer), rest, true, now); !errors.Is(err, ErrNoPeer) {
			if err != nil {
				return failed(err)
			}
			return nil
		}
		if err := pause(ctx, attempt); err != nil {
			return failed(err)
		}
	}
	return failed(ErrNoPeer)
}

func mailFull(to PeerName) *Error {
	return &Error{CodeMailFull, fmt.Sprintf("%s has lost its connection, and %d messages or %d KB wait for it already: try again when it is back",
		to, MaxMail, MaxMailBytes>>10), true}
}
