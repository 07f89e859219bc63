package signalingtest

import (
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

type mailbox struct {
	seat   time.Time
	loss   int64
	closed bool
	mail   []signaling.Mail
}

// open returns the mailbox with what it has taken over of an earlier one, and whether a later one has ended it.
func (m *Memory) open(id signaling.RoomID, to signaling.Mailbox) (box *mailbox, ended bool) {
	r, ok := m.rooms[id]
	if !ok {
		r = &room{}
		m.rooms[id] = r
	}
	if r.mail == nil {
		r.mail = map[signaling.PeerName]*mailbox{}
	}
	box = r.mail[to.Peer]
	switch {
	case box == nil:
		box = &mailbox{seat: to.Seat, loss: to.Loss}
	case box.loss > to.Loss:
		return box, true
	case box.loss < to.Loss && box.seat.Equal(to.Seat):
		box = &mailbox{to.Seat, to.Loss, false, box.mail}
	case box.loss < to.Loss:
		box = &mailbox{seat: to.Seat, loss: to.Loss}
	}
	return box, false
}

// KeepMail implements signaling.Store.
func (m *Memory) KeepMail(_ context.Context, id signaling.RoomID, to signaling.Mailbox, mail signaling.Mail, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	box, ended := m.open(id, to)
	if ended || box.closed {
		return signaling.ErrNoPeer
	}
	size := mail.Size()
	for _, one := range box.mail {
		size += one.Size()
	}
	if len(box.mail) >= signaling.MaxMail || size > signaling.MaxMailBytes {
		return signaling.ErrRefused
	}
	box.mail = append(slices.Clone(box.mail), mail)
	m.rooms[id].mail[to.Peer] = box
	return nil
}

// CloseMail implements signaling.Store.
func (m *Memory) CloseMail(_ context.Context, id signaling.RoomID, to signaling.Mailbox, _ time.Time) ([]signaling.Mail, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	box, ended := m.open(id, to)
	if ended {
		return nil, signaling.ErrNoPeer
	}
	box.closed = true
	m.rooms[id].mail[to.Peer] = box
	return slices.Clone(box.mail), nil
}

// ClearMail implements signaling.Store.
func (m *Memory) ClearMail(_ context.Context, id signaling.RoomID, to signaling.Mailbox, first []signaling.Mail, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	box := m.rooms[id].mail[to.Peer]
	if box == nil || !box.seat.Equal(to.Seat) || box.closed && box.loss != to.Loss || len(box.mail) == 0 || !reflect.DeepEqual(box.mail[0], first[0]) {
		return nil
	}
	box.mail = box.mail[min(len(first), len(box.mail)):]
	return nil
}

// SetBusy implements signaling.Store.
func (m *Memory) SetBusy(_ context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, was, until, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rooms[id]
	if !ok || r.peers[name].Conn != conn || !r.peers[name].Busy.Equal(was) {
		return signaling.ErrNoPeer
	}
	p := r.peers[name]
	p.Busy = until
	r.peers[name] = p
	return nil
}
