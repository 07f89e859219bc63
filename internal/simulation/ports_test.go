package simulation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

var errFault = errors.New("a fault of the simulation")

// turnStore is a signaling.Store whose every request waits for its turn and may go wrong.
type turnStore struct {
	*scheduler
	inner signaling.Store
	past  map[signaling.RoomID][]signaling.Room // what the room was before, for stale reads
	check func(room signaling.Room)             // sees each room as it is written
}

func stepped[T any](ctx context.Context, s *turnStore, what string, kinds []verdict, do func() (T, error)) (T, error) {
	var none T
	switch s.wait(ctx, what, kinds...) {
	case failBefore:
		return none, errFault
	case failAfter:
		_, _ = do()
		return none, errFault
	case crash:
		return none, errors.New("the function is dead")
	}
	return do()
}

var (
	writeFaults = []verdict{failBefore, failAfter, crash}
	readFaults  = []verdict{failBefore, crash}
)

func only(err error) (struct{}, error) { return struct{}{}, err }

// write is a write of a room: the room that it returns is checked.
func (s *turnStore) write(ctx context.Context, what string, do func() (signaling.Room, error)) (signaling.Room, error) {
	return stepped(ctx, s, what, writeFaults, func() (signaling.Room, error) {
		room, err := do()
		if err == nil {
			s.check(room)
			s.past[room.ID] = append(s.past[room.ID], room)
		}
		return room, err
	})
}

func (s *turnStore) Connect(ctx context.Context, c signaling.Connection) error {
	_, err := stepped(ctx, s, "Connect", writeFaults, func() (struct{}, error) { return only(s.inner.Connect(ctx, c)) })
	return err
}

func (s *turnStore) Connection(ctx context.Context, conn signaling.ConnID, consistent bool) (signaling.Connection, error) {
	return stepped(ctx, s, "Connection", readFaults, func() (signaling.Connection, error) { return s.inner.Connection(ctx, conn, consistent) })
}

func (s *turnStore) Disconnect(ctx context.Context, conn signaling.ConnID) (signaling.Connection, error) {
	return stepped(ctx, s, "Disconnect", writeFaults, func() (signaling.Connection, error) { return s.inner.Disconnect(ctx, conn) })
}

func (s *turnStore) SetState(ctx context.Context, conn signaling.ConnID, was, state string) error {
	_, err := stepped(ctx, s, "SetState", writeFaults, func() (struct{}, error) {
		return only(s.inner.SetState(ctx, conn, was, state))
	})
	return err
}

func (s *turnStore) SetRights(ctx context.Context, conn signaling.ConnID, rights *signaling.Rights) error {
	_, err := stepped(ctx, s, "SetRights", writeFaults, func() (struct{}, error) {
		return only(s.inner.SetRights(ctx, conn, rights))
	})
	return err
}

func (s *turnStore) Enter(ctx context.Context, conn signaling.ConnID, room signaling.RoomID, name signaling.PeerName, q signaling.Quota, now time.Time) (bool, error) {
	return stepped(ctx, s, "Enter", writeFaults, func() (bool, error) { return s.inner.Enter(ctx, conn, room, name, q, now) })
}

func (s *turnStore) Touch(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	return s.write(ctx, "Touch "+string(name), func() (signaling.Room, error) { return s.inner.Touch(ctx, id, name, conn, now) })
}

func (s *turnStore) Debit(ctx context.Context, conn signaling.ConnID, by time.Duration, now time.Time) (time.Time, error) {
	return stepped(ctx, s, "Debit", writeFaults, func() (time.Time, error) { return s.inner.Debit(ctx, conn, by, now) })
}

func (s *turnStore) Restore(ctx context.Context, id signaling.RoomID, p, old signaling.Peer, now time.Time) (signaling.Room, error) {
	return s.write(ctx, "Restore "+string(p.Name), func() (signaling.Room, error) { return s.inner.Restore(ctx, id, p, old, now) })
}

func (s *turnStore) Exit(ctx context.Context, conn signaling.ConnID, room signaling.RoomID) (signaling.PeerName, int, error) {
	left := 0
	name, err := stepped(ctx, s, "Exit", writeFaults, func() (name signaling.PeerName, err error) {
		name, left, err = s.inner.Exit(ctx, conn, room)
		return name, err
	})
	return name, left, err
}

func (s *turnStore) Room(ctx context.Context, id signaling.RoomID, now time.Time, consistent bool) (signaling.Room, error) {
	kinds := readFaults
	if !consistent {
		kinds = []verdict{failBefore, crash, stale, stale, stale}
	}
	switch s.wait(ctx, fmt.Sprintf("Room %v", consistent), kinds...) {
	case failBefore:
		return signaling.Room{}, errFault
	case crash:
		return signaling.Room{}, errors.New("the function is dead")
	case stale:
		if past := s.past[id]; len(past) > 1 {
			return past[max(0, len(past)-1-s.random.IntN(3))].At(now), nil
		}
	}
	return s.inner.Room(ctx, id, now, consistent)
}

func (s *turnStore) AddPeer(ctx context.Context, id signaling.RoomID, p signaling.Peer, terms signaling.Terms, now time.Time) (signaling.Room, error) {
	return s.write(ctx, "AddPeer "+string(p.Name), func() (signaling.Room, error) { return s.inner.AddPeer(ctx, id, p, terms, now) })
}

func (s *turnStore) RemovePeer(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	return s.write(ctx, "RemovePeer "+string(name), func() (signaling.Room, error) { return s.inner.RemovePeer(ctx, id, name, conn, now) })
}

func (s *turnStore) SetData(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, data, former json.RawMessage, now time.Time) (signaling.Room, error) {
	return s.write(ctx, "SetData "+string(name), func() (signaling.Room, error) { return s.inner.SetData(ctx, id, name, conn, data, former, now) })
}

func (s *turnStore) MarkLost(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, until, now time.Time) (signaling.Room, error) {
	return s.write(ctx, "MarkLost "+string(name), func() (signaling.Room, error) { return s.inner.MarkLost(ctx, id, name, conn, until, now) })
}

func (s *turnStore) Resume(ctx context.Context, id signaling.RoomID, p, old signaling.Peer, now time.Time) (signaling.Room, error) {
	return s.write(ctx, "Resume "+string(p.Name), func() (signaling.Room, error) { return s.inner.Resume(ctx, id, p, old, now) })
}

func (s *turnStore) SetBusy(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, was, until, now time.Time) error {
	_, err := stepped(ctx, s, "SetBusy "+string(name), writeFaults, func() (struct{}, error) { return only(s.inner.SetBusy(ctx, id, name, conn, was, until, now)) })
	return err
}

func (s *turnStore) KeepMail(ctx context.Context, id signaling.RoomID, box signaling.Mailbox, mail signaling.Mail, now time.Time) error {
	_, err := stepped(ctx, s, "KeepMail "+string(box.Peer), writeFaults, func() (struct{}, error) { return only(s.inner.KeepMail(ctx, id, box, mail, now)) })
	return err
}

func (s *turnStore) CloseMail(ctx context.Context, id signaling.RoomID, box signaling.Mailbox, now time.Time) ([]signaling.Mail, error) {
	return stepped(ctx, s, "CloseMail "+string(box.Peer), writeFaults, func() ([]signaling.Mail, error) { return s.inner.CloseMail(ctx, id, box, now) })
}

func (s *turnStore) ClearMail(ctx context.Context, id signaling.RoomID, box signaling.Mailbox, first []signaling.Mail, now time.Time) error {
	_, err := stepped(ctx, s, "ClearMail "+string(box.Peer), writeFaults, func() (struct{}, error) {
		return only(s.inner.ClearMail(ctx, id, box, first, now))
	})
	return err
}

func (s *turnStore) Prune(ctx context.Context, id signaling.RoomID, expired []signaling.Peer, old []signaling.ConnID, now time.Time) (signaling.Room, error) {
	return s.write(ctx, "Prune", func() (signaling.Room, error) { return s.inner.Prune(ctx, id, expired, old, now) })
}

func (s *turnStore) SetLocked(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, locked bool, now time.Time) (signaling.Room, error) {
	return s.write(ctx, "SetLocked", func() (signaling.Room, error) { return s.inner.SetLocked(ctx, id, name, conn, locked, now) })
}

func (s *turnStore) AddKnock(ctx context.Context, id signaling.RoomID, w signaling.Waiting, door signaling.Door, now time.Time) (signaling.Room, error) {
	return s.write(ctx, "AddKnock "+string(w.Name), func() (signaling.Room, error) { return s.inner.AddKnock(ctx, id, w, door, now) })
}

func (s *turnStore) EndKnock(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	return s.write(ctx, "EndKnock "+string(name), func() (signaling.Room, error) { return s.inner.EndKnock(ctx, id, name, conn, now) })
}

// pusher carries frames to the sockets of the world.
type pusher struct {
	*scheduler
	open    func(signaling.ConnID) bool
	deliver func(signaling.ConnID, []byte)
	end     func(signaling.ConnID)
}

func (p *pusher) reach(ctx context.Context, what string, conn signaling.ConnID, kinds []verdict, do func()) error {
	v := p.wait(ctx, what+" "+string(conn), kinds...)
	switch {
	case v == crash:
		return errors.New("the function is dead")
	case v == failBefore:
		return errFault
	case v == gone || !p.open(conn):
		return signaling.ErrGone
	}
	do()
	if v == failAfter {
		return errFault
	}
	return nil
}

func (p *pusher) Push(ctx context.Context, to signaling.ConnID, frame []byte) error {
	return p.reach(ctx, "push", to, []verdict{failBefore, failAfter, crash, gone}, func() { p.deliver(to, frame) })
}

func (p *pusher) Close(ctx context.Context, conn signaling.ConnID) error {
	err := p.reach(ctx, "close", conn, writeFaults, func() { p.end(conn) })
	if errors.Is(err, signaling.ErrGone) {
		return nil
	}
	return err
}

func (p *pusher) Probe(ctx context.Context, conn signaling.ConnID) error {
	return p.reach(ctx, "probe", conn, []verdict{failBefore, crash, gone}, func() {})
}
