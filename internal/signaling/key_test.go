package signaling_test

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
)

var errNoKey = errors.New("the database is away")

// noKey is where a Sealer gets no key until it is back.
type noKey struct{ back atomic.Bool }

func (k *noKey) fetch(context.Context) ([]byte, error) {
	if !k.back.Load() {
		return nil, errNoKey
	}
	return bytes.Repeat([]byte{7}, seal.KeySize), nil
}

func TestWithoutAKeyNothingIsHalfDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stage(t, "alice", "bob")
		s.Service.Grace = 30 * time.Second
		s.Connect("carol")
		k := &noKey{}
		given := sealed(s, "carol", "alice", nil)
		s.Service.Sealer = seal.Lazily(k.fetch)
		join := signaling.Join{Request: signaling.Request{ID: "1", Action: "join"}, Room: s.Room, Peer: "carol"}
		for _, cmd := range []signaling.Command{
			join, signaling.ListRoster{Room: s.Room}, signaling.Signal{Room: s.Room, To: "alice", Address: given, Data: []byte("1")},
		} {
			if err := s.Do("carol", cmd); !errors.Is(err, errNoKey) || !signaling.Describe(err).Retry {
				t.Fatalf("%T: got %v, want an internal error that may be tried again", cmd, err)
			}
			if told := s.Told(); len(told) != 1 {
				t.Fatalf("%T: told %q", cmd, told)
			}
		}
		s.WantRoom("alice", "bob")

		// What needs no key is done. Alice's seat is taken for lost: to give it back is to tell bob her address.
		ok(t, s.Do("bob", signaling.Ping{}))
		ok(t, s.Do("bob", signaling.Broadcast{Room: s.Room, Data: []byte("3")}))
		s.WantTold("alice: broadcast from bob 3", "bob: pong")
		_, err := s.Store.MarkLost(t.Context(), s.Room, "alice", s.Conn("alice"), s.Now.Add(time.Minute), s.Now)
		ok(t, err)
		if err := s.Do("alice", signaling.Broadcast{Room: s.Room, Data: []byte("4")}); !errors.Is(err, errNoKey) {
			t.Fatalf("got %v", err)
		}
		if room, err := s.Store.Room(t.Context(), s.Room, s.Now, true); err != nil || room.Peers[0].Lost.IsZero() {
			t.Fatalf("alice has her seat, and nobody knows: %+v, %v", room, err)
		}
		s.Take()

		k.back.Store(true)
		ok(t, s.Do("alice", signaling.Broadcast{Room: s.Room, Data: []byte("5")}))
		s.WantTold("bob: peer-back alice rev 4", "bob: broadcast from alice 5")
		ok(t, s.Do("carol", join))
		s.WantRoom("alice", "bob", "carol")
	})
}
