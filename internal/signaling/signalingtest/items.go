package signalingtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// ItemsContract runs what all Items promise. newItems returns Items; they may share tables, so each story uses a room of its own.
func ItemsContract(t *testing.T, newItems func(t *testing.T) signaling.Items) {
	for name, story := range map[string]func(*testing.T, signaling.Items, signaling.RoomID){
		"an item is put, read, put on its revision, and emptied": putItem,
		"an item is appended to within its limit":                appendedItem,
		"an item that expired is none and its revision goes on":  expiredItem,
		"rooms and names are apart":                              itemsApart,
		"ten append at once: all are there":                      appendRace,
		"ten put on one revision: one does":                      putRace,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, newItems(t), signaling.RoomID(fresh("items")))
		})
	}
}

func values(list ...string) []json.RawMessage {
	raw := make([]json.RawMessage, len(list))
	for i, v := range list {
		raw[i] = json.RawMessage(v)
	}
	return raw
}

func wantItem(t *testing.T, s signaling.Items, id signaling.RoomID, now time.Time, rev int64, want ...string) {
	t.Helper()
	got, err := s.Item(t.Context(), id, "board", now)
	if err != nil || got.Rev != rev || fmt.Sprintf("%s", got.Values) != fmt.Sprintf("%s", values(want...)) {
		t.Fatalf("got revision %d with %s, %v, want %d with %s", got.Rev, got.Values, err, rev, want)
	}
}

func wantRev(t *testing.T, want int64) func(int64, error) {
	return func(rev int64, err error) {
		t.Helper()
		if err != nil || rev != want {
			t.Fatalf("got revision %d, %v, want %d", rev, err, want)
		}
	}
}

func wantFailure(t *testing.T, want error) func(int64, error) {
	return func(_ int64, err error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
	}
}

func putItem(t *testing.T, s signaling.Items, id signaling.RoomID) {
	ctx := t.Context()
	wantItem(t, s, id, epoch, 0)
	wantFailure(t, signaling.ErrChanged)(s.PutItem(ctx, id, "board", values("1"), 7, epoch))
	wantRev(t, 1)(s.PutItem(ctx, id, "board", values(`{"a": [1, "<é>"]}`, "null"), 0, epoch))
	wantItem(t, s, id, epoch, 1, `{"a": [1, "<é>"]}`, "null")
	wantFailure(t, signaling.ErrChanged)(s.PutItem(ctx, id, "board", values("2"), 0, epoch))
	wantRev(t, 2)(s.PutItem(ctx, id, "board", values("2"), 1, epoch))
	wantFailure(t, signaling.ErrChanged)(s.PutItem(ctx, id, "board", values("3"), 1, epoch))
	wantRev(t, 3)(s.PutItem(ctx, id, "board", values("3"), signaling.AnyRev, epoch))
	wantRev(t, 4)(s.PutItem(ctx, id, "board", nil, signaling.AnyRev, epoch))
	wantItem(t, s, id, epoch, 4)
	large := `"` + strings.Repeat("x", signaling.MaxItem-2) + `"`
	wantFailure(t, signaling.ErrFull)(s.PutItem(ctx, id, "board", values(large, "1"), 4, epoch))
	wantRev(t, 5)(s.PutItem(ctx, id, "board", values(large), 4, epoch))
	wantItem(t, s, id, epoch, 5, large)
}

func appendedItem(t *testing.T, s signaling.Items, id signaling.RoomID) {
	ctx := t.Context()
	add := func(value string, limit int) (int64, error) {
		return s.AppendItem(ctx, id, "board", json.RawMessage(value), limit, epoch)
	}
	wantFailure(t, signaling.ErrFull)(add("1234", 3))
	wantRev(t, 1)(add("1", 3))
	wantFailure(t, signaling.ErrFull)(add("234", 3))
	wantRev(t, 2)(add("23", 3))
	wantFailure(t, signaling.ErrFull)(add("4", 3))
	wantRev(t, 3)(add("4", 4))
	wantItem(t, s, id, epoch, 3, "1", "23", "4")
	wantRev(t, 4)(s.PutItem(ctx, id, "board", values("5"), 3, epoch))
	wantRev(t, 5)(add("678", 4))
	wantItem(t, s, id, epoch, 5, "5", "678")
	wantRev(t, 6)(s.PutItem(ctx, id, "board", nil, signaling.AnyRev, epoch))
	wantRev(t, 7)(add("9", 1))
	wantItem(t, s, id, epoch, 7, "9")
}

func expiredItem(t *testing.T, s signaling.Items, id signaling.RoomID) {
	ctx, later, muchLater := t.Context(), epoch.Add(2*time.Hour), epoch.Add(5*time.Hour)
	wantRev(t, 1)(s.AppendItem(ctx, id, "board", json.RawMessage("1"), 9, epoch))
	wantRev(t, 2)(s.AppendItem(ctx, id, "board", json.RawMessage("2"), 9, later))
	wantItem(t, s, id, later.Add(2*time.Hour), 2, "1", "2") // each write keeps it for longer
	wantItem(t, s, id, muchLater, 0)
	wantRev(t, 3)(s.AppendItem(ctx, id, "board", json.RawMessage("3"), 1, muchLater))
	wantItem(t, s, id, muchLater, 3, "3")
	muchLater = muchLater.Add(5 * time.Hour)
	wantFailure(t, signaling.ErrChanged)(s.PutItem(ctx, id, "board", values("4"), 3, muchLater))
	wantRev(t, 4)(s.PutItem(ctx, id, "board", values("4"), 0, muchLater))
}

func itemsApart(t *testing.T, s signaling.Items, id signaling.RoomID) {
	ctx := t.Context()
	wantRev(t, 1)(s.PutItem(ctx, id, "other", values("1"), 0, epoch))
	wantRev(t, 1)(s.PutItem(ctx, id+"-2", "board", values("2"), 0, epoch))
	wantItem(t, s, id, epoch, 0)
}

func appendRace(t *testing.T, s signaling.Items, id signaling.RoomID) {
	race(t, nil, func(i int) error {
		_, err := s.AppendItem(t.Context(), id, "board", json.RawMessage(fmt.Sprint(i)), 100, epoch)
		return err
	})
	got, err := s.Item(t.Context(), id, "board", epoch)
	if err != nil || got.Rev != 10 || len(got.Values) != 10 {
		t.Fatalf("got %+v, %v, want ten values at revision 10", got, err)
	}
}

func putRace(t *testing.T, s signaling.Items, id signaling.RoomID) {
	wantRev(t, 1)(s.PutItem(t.Context(), id, "board", nil, 0, epoch))
	won := race(t, signaling.ErrChanged, func(i int) error {
		_, err := s.PutItem(t.Context(), id, "board", values(fmt.Sprint(i)), 1, epoch)
		return err
	})
	if won != 1 {
		t.Fatalf("%d put on one revision, want 1", won)
	}
}
