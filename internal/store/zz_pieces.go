package store

import (
	"context"
	"errors"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/signaling"
)

var errNoPieces = errors.New("not yet")

// AddPiece implements socketio.Pieces.
func (s *Store) AddPiece(context.Context, signaling.ConnID, socketio.Piece, time.Time, time.Time) ([]socketio.Piece, int64, error) {
	return nil, 0, errNoPieces
}

// TakePieces implements socketio.Pieces.
func (s *Store) TakePieces(context.Context, signaling.ConnID, int64, []socketio.Piece, time.Time) error {
	return errNoPieces
}
