package socketiotest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/signaling"
)

// PiecesContract runs what all Pieces promise. newStore returns some; they may share tables, so each
// story uses a connection of its own.
func PiecesContract(t *testing.T, newStore func(t *testing.T) socketio.Pieces) {
	for name, story := range map[string]func(*tray){
		"pieces are kept until they are taken, and the rest then": takenPieces,
		"who does not know the last revision takes nothing":       changedPieces,
		"too many pieces are none":                                fullTray,
		"pieces that have expired are not there":                  expiredPieces,
		"the pieces of two connections are apart":                 piecesApart,
		"ten add a piece: each has a revision of its own":         addRace,
		"ten take the pieces: one gets them":                      takeRace,
		"of ten that add and take, each piece is taken once":      pairRace,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(&tray{t, newStore(t), signaling.ConnID("conn-" + rand.Text())})
		})
	}
}

// tray is a store, and a connection whose pieces are in it. They are kept until a minute has passed.
type tray struct {
	*testing.T
	socketio.Pieces
	conn signaling.ConnID
}

func pieceOf(frame string, at time.Duration) socketio.Piece {
	return socketio.Piece{At: epoch.Add(at), Frame: frame}
}

func (y *tray) add(frame string, at time.Duration) ([]socketio.Piece, int64, error) {
	return y.AddPiece(y.Context(), y.conn, pieceOf(frame, at), epoch.Add(at+minute), epoch.Add(at))
}

// adds fails unless the piece is added, and those are there then. It returns the revision.
func (y *tray) adds(frame string, at time.Duration, want ...socketio.Piece) int64 {
	y.Helper()
	all, rev, err := y.add(frame, at)
	if err != nil || !slices.Equal(all, want) {
		y.Fatalf("got %.99v at %d, %v, want %.99v", all, rev, err, want)
	}
	return rev
}

func (y *tray) take(rev int64, at time.Duration, rest ...socketio.Piece) error {
	return y.TakePieces(y.Context(), y.conn, rev, rest, epoch.Add(at))
}

func (y *tray) takes(rev int64, at time.Duration, rest ...socketio.Piece) {
	y.Helper()
	if err := y.take(rev, at, rest...); err != nil {
		y.Fatal(err)
	}
}

func (y *tray) takesNot(rev int64, at time.Duration) {
	y.Helper()
	if err := y.take(rev, at); !errors.Is(err, signaling.ErrChanged) {
		y.Fatalf("got %v, want ErrChanged", err)
	}
}

func takenPieces(y *tray) {
	head := pieceOf(`451-["a",{"_placeholder":true,"num":0},"<é>\x00"]`, time.Millisecond)
	late := pieceOf("bAQID", time.Second)
	first := y.adds(head.Frame, time.Millisecond, head)
	second := y.adds(late.Frame, time.Second, head, late)
	if second <= first {
		y.Fatalf("got revision %d after %d", second, first)
	}
	early := pieceOf("b", 0)
	third := y.adds("b", 0, head, late, early)
	y.takes(third, time.Second, late)
	fourth := y.adds("b", 0, late, early)
	if fourth <= third {
		y.Fatalf("got revision %d after %d", fourth, third)
	}
	y.takes(fourth, time.Second)
	y.takes(y.adds("bAQID", time.Second, late), time.Second, early, late) // in the order of who takes
	y.adds(head.Frame, time.Millisecond, early, late, head)
}

func changedPieces(y *tray) {
	y.takesNot(0, 0)
	y.takesNot(1, 0)
	one, two := pieceOf("a", 0), pieceOf("b", 0)
	first := y.adds("a", 0, one)
	second := y.adds("b", 0, one, two)
	y.takesNot(first, 0)
	y.takesNot(second+1, 0)
	y.takes(second, 0, two)
	y.takesNot(second, 0)
	y.adds("a", 0, two, one)
}

func fullTray(y *tray) {
	large := strings.Repeat("x", socketio.MaxPieces/2-64)
	one := pieceOf(large, 0)
	y.adds(large, 0, one)
	rev := y.adds(large, 0, one, one)
	if _, _, err := y.add("", 0); !errors.Is(err, socketio.ErrFull) {
		y.Fatalf("got %v, want ErrFull", err)
	}
	y.takesNot(rev, 0)
	rev = y.adds("a", 0, pieceOf("a", 0))
	if _, _, err := y.add(large+large+strings.Repeat("x", 65), 0); !errors.Is(err, socketio.ErrFull) {
		y.Fatalf("got %v of a piece that is too large by itself, want ErrFull", err)
	}
	y.takesNot(rev, 0)
	rev = y.adds(large, 0, one)
	y.takes(rev, 0)
	y.adds(large+large, 0, pieceOf(large+large, 0))
}

func expiredPieces(y *tray) {
	y.adds("a", 0, pieceOf("a", 0))
	rev := y.adds("b", time.Second, pieceOf("a", 0), pieceOf("b", time.Second)) // all are kept for longer now
	y.takesNot(rev, minute+time.Second)
	y.takes(rev, minute+time.Second-time.Millisecond, pieceOf("b", time.Second))
	late := pieceOf("c", minute+time.Second)
	if got := y.adds("c", minute+time.Second, late); got <= rev {
		y.Fatalf("got revision %d after %d", got, rev)
	}
}

func piecesApart(y *tray) {
	rev := y.adds("a", 0, pieceOf("a", 0))
	y.conn += "/"
	y.adds("b", 0, pieceOf("b", 0))
	y.takes(rev, 0)
}

func addRace(y *tray) {
	var mu sync.Mutex
	seen := map[int64]int{} // how many there are at each revision
	won := race(y.T, nil, func(i int) error {
		all, rev, err := y.add(fmt.Sprint(i), 0)
		mu.Lock()
		defer mu.Unlock()
		seen[rev] = len(all)
		if err == nil && !slices.Contains(all, pieceOf(fmt.Sprint(i), 0)) {
			err = fmt.Errorf("%d does not see its own among %v", i, all)
		}
		return err
	})
	last, rev, err := y.add("last", 0)
	if won != 10 || err != nil || len(last) != 11 || rev < 11 || seen[rev-1] != 10 {
		y.Fatalf("%d added, there are %v at %d, %v, after %v", won, last, rev, err, seen)
	}
}

func takeRace(y *tray) {
	rev := y.adds("a", 0, pieceOf("a", 0))
	won := race(y.T, signaling.ErrChanged, func(int) error { return y.take(rev, 0) })
	if won != 1 {
		y.Fatalf("%d took the pieces, want 1", won)
	}
}

// pairRace has ten add pieces, and whoever sees two take the first two of them.
func pairRace(y *tray) {
	var mu sync.Mutex
	var taken []string
	race(y.T, nil, func(i int) error {
		for n := range 4 {
			all, rev, err := y.add(fmt.Sprint(i, ".", n), 0)
			if err == nil && len(all) > 1 {
				err = y.take(rev, 0, all[2:]...)
				if errors.Is(err, signaling.ErrChanged) {
					continue
				}
				mu.Lock()
				taken = append(taken, all[0].Frame, all[1].Frame)
				mu.Unlock()
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	left, _, err := y.add("last", 0)
	if err != nil {
		y.Fatal(err)
	}
	for _, p := range left[:len(left)-1] {
		taken = append(taken, p.Frame)
	}
	slices.Sort(taken)
	if got := slices.Compact(slices.Clone(taken)); len(taken) != 40 || len(got) != 40 {
		y.Fatalf("taken, or left, are %d, of which %d differ: %q", len(taken), len(got), taken)
	}
}
