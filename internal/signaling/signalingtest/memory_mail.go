package signalingtest

import (
	"context"
	"slices"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

type mailbox struct {
	loss   int64
	closed bool
	mail   []signaling.Mail
}

// box returns the mailbox that was made last for the peer.
func (m *Memory) box(id signaling.RoomID, name signaling.PeerName) *mailbox {
	r, ok := m.rooms[id]
	if !ok {
		r = &room{}
		m.rooms[id] = r
	}
	if r.mail == nil {
		r.mail = map[signaling.PeerName]*mailbox{}
	}
	if r.mail[name] == nil {
		r.mail[name] = &mailbox{}
	}
	return r.mail[name]
}

// KeepMail implements signaling.Store.
func (m *Memory) KeepMail(_ context.Context, id signaling.RoomID, to signaling.Mailbox, mail []signaling.Mail, front bool, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.box(id, to.Peer)
	kept := b.mail
	switch {
	case b.loss > to.Loss, b.loss == to.Loss && b.closed:
		return signaling.ErrNoPeer
	case b.loss < to.Loss:
		kept = nil
	}
	all := slices.Concat(kept, mail)
	if front {
		all = slices.Concat(mail, kept)
	}
	size := 0
	for _, one := range all {
		size += one.Size()
	}
	if len(all) > signaling.MaxMail || size > signaling.MaxMailBytes {
		return signaling.ErrRefused
	}
	*b = mailbox{to.Loss, false, all}
	return nil
}

// CloseMail implements signaling.Store.
func (m *Memory) CloseMail(_ context.Context, id signaling.RoomID, to signaling.Mailbox, _ time.Time) ([]signaling.Mail, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.box(id, to.Peer)
	switch {
	case b.loss > to.Loss:
		return nil, signaling.ErrNoPeer
	case b.loss < to.Loss:
		*b = mailbox{loss: to.Loss}
	}
	b.closed = true
	return slices.Clone(b.mail), nil
}

// ClearMail implements signaling.Store.
func (m *Memory) ClearMail(_ context.Context, id signaling.RoomID, to signaling.Mailbox, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b := m.box(id, to.Peer); b.loss == to.Loss {
		b.mail = nil
	}
	return nil
}

// Settle implements signaling.Store.
func (m *Memory) Settle(_ context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, ok := m.rooms[id]; ok && r.peers[name].Conn == conn {
		p := r.peers[name]
		p.Busy = time.Time{}
		r.peers[name] = p
	}
	return nil
}
