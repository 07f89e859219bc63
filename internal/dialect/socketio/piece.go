package socketio

import (
	"context"
	"errors"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/packet"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// pieceTime is for how long the frames of a binary event wait for each other.
const pieceTime = 30 * time.Second

// piece is a frame of a binary event: the packet, or an attachment. They are handled at the same time,
// and whoever sees the event complete carries it out. Which attachment is whose, nothing in a frame
// says: they are taken in the order of their events' times.
func (d *Dialect) piece(ctx context.Context, c *dialect.Conn, frame []byte) error {
	c.Action = "attachment"
	_, st, err := recall(ctx, c)
	if err != nil {
		return err
	}
	p := Piece{At: c.Time, Frame: string(frame)}
	all, rev, err := d.Store.AddPiece(ctx, c.ID, p, c.Time.Add(pieceTime), c.Time)
	if errors.Is(err, ErrFull) {
		return signaling.Errorf(signaling.CodeTooLarge, "a binary event is longer than %d bytes", MaxPieces)
	}
	if err != nil {
		return err
	}
	var complete [][]Piece
	for whole, rest := assemble(all); whole != nil; whole, rest = assemble(rest) {
		complete, all = append(complete, whole), rest
	}
	if complete == nil {
		return nil
	}
	err = d.Store.TakePieces(ctx, c.ID, rev, all, c.Time)
	if errors.Is(err, signaling.ErrChanged) {
		return nil // who changed it sees them complete, too
	}
	if err != nil {
		return err
	}
	for _, whole := range complete {
		failed := d.assembled(ctx, c, st, whole)
		if err == nil {
			err = failed // as it is, for the log
		} else {
			err = errors.Join(err, failed)
		}
	}
	return err
}

// assembled carries out an event that is complete.
func (d *Dialect) assembled(ctx context.Context, c *dialect.Conn, st state, whole []Piece) error {
	head, err := packet.Decode(st.Version, []byte(whole[0].Frame))
	if err != nil {
		return err
	}
	if mixed(whole[1:]) {
		return errors.Join(signaling.Errorf(signaling.CodeBadRequest, "an event came to nothing"), errMixed)
	}
	attachments := make([]string, 0, len(whole)-1)
	for _, a := range whole[1:] {
		f, err := packet.Decode(st.Version, []byte(a.Frame))
		if err != nil {
			return err
		}
		attachments = append(attachments, f.Attachment)
	}
	return d.carryOut(ctx, c, head.Packet, attachments)
}

// errMixed: better none than one in the place of another.
const errMixed = server.Complaint("its attachments came in the same millisecond, so nobody knows which was first:" +
	" send one in an event, or several in one buffer")

// mixed reports whether attachments cannot be told apart.
func mixed(attachments []Piece) bool {
	for i := 1; i < len(attachments); i++ {
		a, b := attachments[i-1], attachments[i]
		if a.At.Equal(b.At) && a.Frame != b.Frame {
			return true
		}
	}
	return false
}

// assemble is packet.Assemble.
func assemble(all []Piece) (whole, rest []Piece) {
	pieces := make([]packet.Piece, len(all))
	for i, p := range all {
		pieces[i] = packet.Piece(p)
	}
	complete, left := packet.Assemble(pieces)
	for _, p := range complete {
		whole = append(whole, Piece(p))
	}
	for _, p := range left {
		rest = append(rest, Piece(p))
	}
	return whole, rest
}
