package signalingtest

import (
	"context"
	"encoding/json"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// Hooked is a Store with something happening just before one of its operations: it forces an interleaving. Each hook runs
// once.
type Hooked struct {
	signaling.Store
	BeforeEnter      func()
	BeforeAddPeer    func()
	BeforeRemovePeer func()
	BeforeMarkLost   func()
	BeforeResume     func()
	BeforePrune      func()
	BeforeSetData    func()
	BeforeKeepMail   func()
	BeforeClearMail  func()
	BeforeAddKnock   func()
	BeforeEndKnock   func()
	BeforeSetLocked  func()
}

func once(hook *func()) {
	if f := *hook; f != nil {
		*hook = nil
		f()
	}
}

// Enter implements signaling.Store.
func (h *Hooked) Enter(ctx context.Context, conn signaling.ConnID, room signaling.RoomID, name signaling.PeerName, q signaling.Quota, now time.Time) (bool, error) {
	once(&h.BeforeEnter)
	return h.Store.Enter(ctx, conn, room, name, q, now)
}

// AddPeer implements signaling.Store.
func (h *Hooked) AddPeer(ctx context.Context, id signaling.RoomID, p signaling.Peer, terms signaling.Terms, now time.Time) (signaling.Room, error) {
	once(&h.BeforeAddPeer)
	return h.Store.AddPeer(ctx, id, p, terms, now)
}

// RemovePeer implements signaling.Store.
func (h *Hooked) RemovePeer(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	once(&h.BeforeRemovePeer)
	return h.Store.RemovePeer(ctx, id, name, conn, now)
}

// MarkLost implements signaling.Store.
func (h *Hooked) MarkLost(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, until, now time.Time) (signaling.Room, error) {
	once(&h.BeforeMarkLost)
	return h.Store.MarkLost(ctx, id, name, conn, until, now)
}

// Resume implements signaling.Store.
func (h *Hooked) Resume(ctx context.Context, id signaling.RoomID, p, old signaling.Peer, now time.Time) (signaling.Room, error) {
	once(&h.BeforeResume)
	return h.Store.Resume(ctx, id, p, old, now)
}

// SetData implements signaling.Store.
func (h *Hooked) SetData(
	ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, data, former json.RawMessage, now time.Time,
) (signaling.Room, error) {
	once(&h.BeforeSetData)
	return h.Store.SetData(ctx, id, name, conn, data, former, now)
}

// Prune implements signaling.Store.
func (h *Hooked) Prune(ctx context.Context, id signaling.RoomID, expired []signaling.Peer, stale []signaling.ConnID, now time.Time) (signaling.Room, error) {
	once(&h.BeforePrune)
	return h.Store.Prune(ctx, id, expired, stale, now)
}

// KeepMail implements signaling.Store.
func (h *Hooked) KeepMail(ctx context.Context, id signaling.RoomID, box signaling.Mailbox, mail signaling.Mail, now time.Time) error {
	once(&h.BeforeKeepMail)
	return h.Store.KeepMail(ctx, id, box, mail, now)
}

// ClearMail implements signaling.Store.
func (h *Hooked) ClearMail(ctx context.Context, id signaling.RoomID, box signaling.Mailbox, first []signaling.Mail, now time.Time) error {
	once(&h.BeforeClearMail)
	return h.Store.ClearMail(ctx, id, box, first, now)
}

// AddKnock implements signaling.Store.
func (h *Hooked) AddKnock(ctx context.Context, id signaling.RoomID, w signaling.Waiting, door signaling.Door, now time.Time) (signaling.Room, error) {
	once(&h.BeforeAddKnock)
	return h.Store.AddKnock(ctx, id, w, door, now)
}

// EndKnock implements signaling.Store.
func (h *Hooked) EndKnock(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	once(&h.BeforeEndKnock)
	return h.Store.EndKnock(ctx, id, name, conn, now)
}

// SetLocked implements signaling.Store.
func (h *Hooked) SetLocked(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, locked bool, now time.Time) (signaling.Room, error) {
	once(&h.BeforeSetLocked)
	return h.Store.SetLocked(ctx, id, name, conn, locked, now)
}
