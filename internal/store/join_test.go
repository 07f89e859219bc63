package store_test

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/parley-rtc/parley/internal/signaling"
)

// between lets something happen before the second write of a call.
type between struct {
	writes int
	then   func()
}

func (b *between) Do(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".UpdateItem") {
		if b.writes++; b.writes == 2 {
			b.then()
		}
	}
	return steady.Do(r)
}

// TestASecondLookAtARoomIsNoLicence has the room change between the attempt that showed who is in it and the next.
func TestASecondLookAtARoomIsNoLicence(t *testing.T) {
	db := engine(t)
	plain := open(db)
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	peer := func(name string) signaling.Peer {
		return signaling.Peer{Name: signaling.PeerName(name), Conn: signaling.ConnID("conn-of-" + name), Dialect: "d", Joined: now}
	}
	ctx := t.Context()
	for name, tt := range map[string]struct {
		terms  signaling.Terms
		before func(signaling.RoomID) error
		then   func(signaling.RoomID) error
		refuse bool
		seats  int
	}{
		"the only one there, whose seat was kept, leaves": {
			terms: signaling.Terms{Default: 3, Inhabited: true},
			before: func(id signaling.RoomID) error {
				_, err := plain.AddPeer(ctx, id, peer("alice"), signaling.Terms{Default: 3}, now)
				_, lost := plain.MarkLost(ctx, id, "alice", "conn-of-alice", now.Add(time.Minute), now)
				_, ghost := plain.AddPeer(ctx, id, peer("ghost"), signaling.Terms{Default: 3}, now)
				_, over := plain.MarkLost(ctx, id, "ghost", "conn-of-ghost", now, now)
				return errors.Join(err, lost, ghost, over)
			},
			then: func(id signaling.RoomID) error {
				_, err := plain.RemovePeer(ctx, id, "alice", "conn-of-alice", now)
				return err
			},
			refuse: true,
		},
		"the only one there comes back and is lost anew, by an event from before": {
			terms: signaling.Terms{Default: 3, Inhabited: true},
			before: func(id signaling.RoomID) error {
				_, err := plain.AddPeer(ctx, id, peer("alice"), signaling.Terms{Default: 3}, now)
				_, lost := plain.MarkLost(ctx, id, "alice", "conn-of-alice", now.Add(time.Minute), now)
				return errors.Join(err, lost)
			},
			then: func(id signaling.RoomID) error {
				_, err := plain.Resume(ctx, id, peer("alice"), signaling.Peer{Conn: "conn-of-alice", Lost: now.Add(time.Minute), Loss: 2}, now)
				_, lost := plain.MarkLost(ctx, id, "alice", "conn-of-alice", now, now)
				return errors.Join(err, lost)
			},
			refuse: true,
		},
		"another opens the empty room": {
			terms: signaling.Terms{Seats: 2, Default: 3},
			before: func(id signaling.RoomID) error {
				_, err := plain.AddPeer(ctx, id, peer("alice"), signaling.Terms{Default: 3}, now)
				_, left := plain.RemovePeer(ctx, id, "alice", "conn-of-alice", now)
				return errors.Join(err, left)
			},
			then: func(id signaling.RoomID) error {
				_, err := plain.AddPeer(ctx, id, peer("bob"), signaling.Terms{Seats: 5, Default: 3}, now)
				return err
			},
			seats: 5,
		},
	} {
		t.Run(name, func(t *testing.T) {
			id := signaling.RoomID(rand.Text())
			if err := tt.before(id); err != nil {
				t.Fatal(err)
			}
			happens := &between{then: func() {
				if err := tt.then(id); err != nil {
					t.Error(err)
				}
			}}
			options := db.Options()
			options.HTTPClient = happens
			room, err := open(dynamodb.New(options)).AddPeer(ctx, id, peer("carol"), tt.terms, now)
			if tt.refuse != errors.Is(err, signaling.ErrRefused) || !tt.refuse && err != nil || room.Seats != tt.seats || happens.writes < 2 {
				t.Fatalf("got %+v, %v after %d writes", room, err, happens.writes)
			}
		})
	}
}
