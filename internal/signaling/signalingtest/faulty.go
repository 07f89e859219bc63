package signalingtest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// Fault is how one step of a request fails.
type Fault int

// The faults.
const (
	Sound  Fault = iota
	Before       // it does not happen
	After        // it happens, and says that it did not
)

// ErrFault is what a step fails with.
var ErrFault = errors.New("the step failed")

// Faults decide what becomes of each step of a request, at its stores and its pusher, counted from 1. The zero Faults are none.
type Faults struct {
	Of func(step int) Fault // nil is Sound

	mu    sync.Mutex
	steps []string
}

// Steps are those that there were.
func (f *Faults) Steps() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.steps)
}

func (f *Faults) step(what string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.steps = append(f.steps, what)
	if f.Of == nil {
		return Sound
	}
	return f.Of(len(f.steps))
}

func through[T any](f *Faults, what string, do func() (T, error)) (T, error) {
	var none T
	switch f.step(what) {
	case Before:
		return none, ErrFault
	case After:
		_, _ = do()
		return none, ErrFault
	}
	return do()
}

func throughOnly(f *Faults, what string, do func() error) error {
	_, err := through(f, what, func() (struct{}, error) { return struct{}{}, do() })
	return err
}

// FaultyPusher is a Pusher whose steps fail. What it was asked to push it keeps, whatever became of it.
type FaultyPusher struct {
	*Faults
	signaling.Pusher
	mu    sync.Mutex
	asked []Push
}

// Asked is all that it was asked to push.
func (p *FaultyPusher) Asked() []Push {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

// Push implements signaling.Pusher.
func (p *FaultyPusher) Push(ctx context.Context, to signaling.ConnID, frame []byte) error {
	p.mu.Lock()
	p.asked = append(p.asked, Push{to, slices.Clone(frame)})
	p.mu.Unlock()
	return throughOnly(p.Faults, "Push", func() error { return p.Pusher.Push(ctx, to, frame) })
}

// Close implements signaling.Pusher.
func (p *FaultyPusher) Close(ctx context.Context, conn signaling.ConnID) error {
	return throughOnly(p.Faults, "Close", func() error { return p.Pusher.Close(ctx, conn) })
}

// Probe implements signaling.Pusher.
func (p *FaultyPusher) Probe(ctx context.Context, conn signaling.ConnID) error {
	return throughOnly(p.Faults, "Probe", func() error { return p.Pusher.Probe(ctx, conn) })
}

// FaultyStore is a Store whose steps fail, of those that a message takes.
type FaultyStore struct {
	*Faults
	signaling.Store
}

// Connection implements signaling.Store.
func (s FaultyStore) Connection(ctx context.Context, conn signaling.ConnID, consistent bool) (signaling.Connection, error) {
	return through(s.Faults, "Connection", func() (signaling.Connection, error) { return s.Store.Connection(ctx, conn, consistent) })
}

// SetState implements signaling.Store.
func (s FaultyStore) SetState(ctx context.Context, conn signaling.ConnID, was, state string) error {
	return throughOnly(s.Faults, "SetState", func() error { return s.Store.SetState(ctx, conn, was, state) })
}

// SetRights implements signaling.Store.
func (s FaultyStore) SetRights(ctx context.Context, conn signaling.ConnID, rights *signaling.Rights) error {
	return throughOnly(s.Faults, "SetRights", func() error { return s.Store.SetRights(ctx, conn, rights) })
}

// Enter implements signaling.Store.
func (s FaultyStore) Enter(
	ctx context.Context, conn signaling.ConnID, room signaling.RoomID, name signaling.PeerName, q signaling.Quota, now time.Time,
) (bool, error) {
	return through(s.Faults, "Enter", func() (bool, error) { return s.Store.Enter(ctx, conn, room, name, q, now) })
}

// Exit implements signaling.Store.
func (s FaultyStore) Exit(ctx context.Context, conn signaling.ConnID, room signaling.RoomID) (name signaling.PeerName, left int, err error) {
	err = throughOnly(s.Faults, "Exit", func() (err error) {
		name, left, err = s.Store.Exit(ctx, conn, room)
		return err
	})
	if errors.Is(err, ErrFault) {
		return "", 0, err
	}
	return name, left, err
}

func (s FaultyStore) room(what string, do func() (signaling.Room, error)) (signaling.Room, error) {
	// A room comes with some errors, so it is kept apart.
	var room signaling.Room
	err := throughOnly(s.Faults, what, func() (err error) {
		room, err = do()
		return err
	})
	if errors.Is(err, ErrFault) {
		return signaling.Room{}, err
	}
	return room, err
}

// Room implements signaling.Store.
func (s FaultyStore) Room(ctx context.Context, id signaling.RoomID, now time.Time, consistent bool) (signaling.Room, error) {
	return s.room("Room", func() (signaling.Room, error) { return s.Store.Room(ctx, id, now, consistent) })
}

// AddPeer implements signaling.Store.
func (s FaultyStore) AddPeer(ctx context.Context, id signaling.RoomID, p signaling.Peer, terms signaling.Terms, now time.Time) (signaling.Room, error) {
	return s.room("AddPeer", func() (signaling.Room, error) { return s.Store.AddPeer(ctx, id, p, terms, now) })
}

// RemovePeer implements signaling.Store.
func (s FaultyStore) RemovePeer(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	return s.room("RemovePeer", func() (signaling.Room, error) { return s.Store.RemovePeer(ctx, id, name, conn, now) })
}

// SetData implements signaling.Store.
func (s FaultyStore) SetData(
	ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, data, former json.RawMessage, now time.Time,
) (signaling.Room, error) {
	return s.room("SetData", func() (signaling.Room, error) { return s.Store.SetData(ctx, id, name, conn, data, former, now) })
}

// Touch implements signaling.Store.
func (s FaultyStore) Touch(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	return s.room("Touch", func() (signaling.Room, error) { return s.Store.Touch(ctx, id, name, conn, now) })
}

// MarkLost implements signaling.Store.
func (s FaultyStore) MarkLost(
	ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, until, now time.Time,
) (signaling.Room, error) {
	return s.room("MarkLost", func() (signaling.Room, error) { return s.Store.MarkLost(ctx, id, name, conn, until, now) })
}

// Resume implements signaling.Store.
func (s FaultyStore) Resume(ctx context.Context, id signaling.RoomID, p, old signaling.Peer, now time.Time) (signaling.Room, error) {
	return s.room("Resume", func() (signaling.Room, error) { return s.Store.Resume(ctx, id, p, old, now) })
}

// Restore implements signaling.Store.
func (s FaultyStore) Restore(ctx context.Context, id signaling.RoomID, p, old signaling.Peer, now time.Time) (signaling.Room, error) {
	return s.room("Restore", func() (signaling.Room, error) { return s.Store.Restore(ctx, id, p, old, now) })
}

// SetBusy implements signaling.Store.
func (s FaultyStore) SetBusy(
	ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, was, until, now time.Time,
) error {
	return throughOnly(s.Faults, "SetBusy", func() error { return s.Store.SetBusy(ctx, id, name, conn, was, until, now) })
}

// KeepMail implements signaling.Store.
func (s FaultyStore) KeepMail(ctx context.Context, id signaling.RoomID, box signaling.Mailbox, mail signaling.Mail, now time.Time) error {
	return throughOnly(s.Faults, "KeepMail", func() error { return s.Store.KeepMail(ctx, id, box, mail, now) })
}

// CloseMail implements signaling.Store.
func (s FaultyStore) CloseMail(ctx context.Context, id signaling.RoomID, box signaling.Mailbox, now time.Time) ([]signaling.Mail, error) {
	return through(s.Faults, "CloseMail", func() ([]signaling.Mail, error) { return s.Store.CloseMail(ctx, id, box, now) })
}

// ClearMail implements signaling.Store.
func (s FaultyStore) ClearMail(ctx context.Context, id signaling.RoomID, box signaling.Mailbox, first []signaling.Mail, now time.Time) error {
	return throughOnly(s.Faults, "ClearMail", func() error { return s.Store.ClearMail(ctx, id, box, first, now) })
}

// Prune implements signaling.Store.
func (s FaultyStore) Prune(ctx context.Context, id signaling.RoomID, expired []signaling.Peer, stale []signaling.ConnID, now time.Time) (signaling.Room, error) {
	return s.room("Prune", func() (signaling.Room, error) { return s.Store.Prune(ctx, id, expired, stale, now) })
}

// SetLocked implements signaling.Store.
func (s FaultyStore) SetLocked(
	ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, locked bool, now time.Time,
) (signaling.Room, error) {
	return s.room("SetLocked", func() (signaling.Room, error) { return s.Store.SetLocked(ctx, id, name, conn, locked, now) })
}

// AddKnock implements signaling.Store.
func (s FaultyStore) AddKnock(ctx context.Context, id signaling.RoomID, w signaling.Waiting, door signaling.Door, now time.Time) (signaling.Room, error) {
	return s.room("AddKnock", func() (signaling.Room, error) { return s.Store.AddKnock(ctx, id, w, door, now) })
}

// EndKnock implements signaling.Store.
func (s FaultyStore) EndKnock(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	return s.room("EndKnock", func() (signaling.Room, error) { return s.Store.EndKnock(ctx, id, name, conn, now) })
}
