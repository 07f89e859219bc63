package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/dialect/socketio/socketiotest"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/store"
)

func TestTheEngineKeepsPieces(t *testing.T) {
	db := engine(t)
	socketiotest.PiecesContract(t, func(*testing.T) socketio.Pieces { return open(db) })
}

func TestPiecesWhoseWritesAreNotAnsweredKeepTheirContract(t *testing.T) {
	db := unreliable(t)
	socketiotest.PiecesContract(t, func(*testing.T) socketio.Pieces { return open(db) })
}

// TestAPieceIsTakenOnce has the answer to a write lost, and another take what it wrote before the write
// is repeated.
func TestAPieceIsTakenOnce(t *testing.T) {
	_, options := running(t)
	quiet := open(dynamodb.New(options))
	lossy := &meanwhile{}
	options.HTTPClient = lossy
	options.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
	s := open(dynamodb.New(options))
	ctx, until := t.Context(), noon.Add(time.Minute)
	add := func(s *store.Store, frame string) ([]socketio.Piece, int64) {
		t.Helper()
		all, rev, err := s.AddPiece(ctx, "c", socketio.Piece{At: noon, Frame: frame}, until, noon)
		if err != nil {
			t.Fatal(err)
		}
		return all, rev
	}
	lossy.happens = func() {
		_, rev := add(quiet, "b")
		if err := quiet.TakePieces(ctx, "c", rev, nil, noon); err != nil {
			t.Error(err)
		}
	}
	if all, _ := add(s, "a"); len(all) != 0 {
		t.Fatalf("there are %v, and all were taken", all)
	}
	_, rev := add(quiet, "c")
	lossy.happens = func() {
		if err := quiet.TakePieces(ctx, "c", rev, nil, noon); !errors.Is(err, signaling.ErrChanged) {
			t.Errorf("another takes them, too: %v", err)
		}
		_, rev := add(quiet, "d")
		if err := quiet.TakePieces(ctx, "c", rev, nil, noon); err != nil {
			t.Error(err)
		}
	}
	if err := s.TakePieces(ctx, "c", rev, nil, noon); err != nil {
		t.Fatalf("who took them is told %v", err)
	}
}

// TestAPieceCostsWhatItMay: a write is charged by the size of what is kept then, or was.
func TestAPieceCostsWhatItMay(t *testing.T) {
	db := engine(t)
	s := open(db)
	rev := int64(0)
	add := func(bytes int) func(context.Context) error {
		return func(ctx context.Context) (err error) {
			p := socketio.Piece{At: noon, Frame: "b" + strings.Repeat("A", bytes-1)}
			_, rev, err = s.AddPiece(ctx, "c", p, noon.Add(time.Minute), noon)
			return err
		}
	}
	take := func(ctx context.Context) error { return s.TakePieces(ctx, "c", rev, nil, noon) }
	costs(t, db, []cost{
		{"an event", add(100), nil, 1, 0},
		{"an attachment", add(3000), nil, 4, 0},
		{"another", add(3000), nil, 7, 0},
		{"all of them", take, nil, 7, 0},
		{"none of them", take, signaling.ErrChanged, 1, 0},
		{"too much", add(socketio.MaxPieces), socketio.ErrFull, 1 + 1, 0},
		{"the next event", add(100), nil, 1, 0},
	})
}

// TestAConnectionThatSendsPiecesAllTheTimeStaysSmall holds the keys of its writes to a few.
func TestAConnectionThatSendsPiecesAllTheTimeStaysSmall(t *testing.T) {
	db := engine(t)
	s := open(db)
	var of []cost
	for i := range 150 {
		now := noon.Add(time.Duration(i) * time.Second)
		of = append(of, cost{"a piece", func(ctx context.Context) error {
			_, rev, err := s.AddPiece(ctx, "c", socketio.Piece{At: now, Frame: "b"}, now.Add(time.Minute), now)
			return errors.Join(err, s.TakePieces(ctx, "c", rev, nil, now))
		}, nil, 2, 0})
	}
	costs(t, db, of)
}
