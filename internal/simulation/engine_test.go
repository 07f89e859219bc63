package simulation_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/store"
	"github.com/parley-rtc/parley/localdev/emulator"
)

// outside runs work in a goroutine that was there before any bubble: what waits for a network would keep a bubble from coming
// to rest, so no part of a database's client may live in one.
type outside struct {
	work chan func()
	done chan struct{}
}

func newOutside(t *testing.T) *outside {
	o := &outside{make(chan func()), make(chan struct{})}
	go func() {
		for do := range o.work {
			do()
			o.done <- struct{}{}
		}
	}()
	t.Cleanup(func() { close(o.work) })
	return o
}

func (o *outside) do(do func()) {
	o.work <- do
	<-o.done
}

// engineStore is the store on a real engine, asked from outside of the bubble. The deadlines of events stay inside.
type engineStore struct {
	*outside
	signaling.Store
}

func fetch[T any](s engineStore, ask func(context.Context) (T, error)) (v T, err error) {
	s.do(func() { v, err = ask(context.Background()) })
	return v, err
}

func (s engineStore) Connect(_ context.Context, c signaling.Connection) error {
	_, err := fetch(s, func(ctx context.Context) (struct{}, error) { return only(s.Store.Connect(ctx, c)) })
	return err
}

func (s engineStore) Connection(_ context.Context, conn signaling.ConnID, consistent bool) (signaling.Connection, error) {
	return fetch(s, func(ctx context.Context) (signaling.Connection, error) {
		return s.Store.Connection(ctx, conn, consistent)
	})
}

func (s engineStore) Disconnect(_ context.Context, conn signaling.ConnID) (signaling.Connection, error) {
	return fetch(s, func(ctx context.Context) (signaling.Connection, error) {
		return s.Store.Disconnect(ctx, conn)
	})
}

func (s engineStore) SetState(_ context.Context, conn signaling.ConnID, was, state string) error {
	_, err := fetch(s, func(ctx context.Context) (struct{}, error) {
		return only(s.Store.SetState(ctx, conn, was, state))
	})
	return err
}

func (s engineStore) SetRights(_ context.Context, conn signaling.ConnID, rights *signaling.Rights) error {
	_, err := fetch(s, func(ctx context.Context) (struct{}, error) {
		return only(s.Store.SetRights(ctx, conn, rights))
	})
	return err
}

func (s engineStore) Enter(_ context.Context, conn signaling.ConnID, room signaling.RoomID, name signaling.PeerName, q signaling.Quota, now time.Time) (bool, error) {
	return fetch(s, func(ctx context.Context) (bool, error) { return s.Store.Enter(ctx, conn, room, name, q, now) })
}

func (s engineStore) Touch(_ context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	return fetch(s, func(ctx context.Context) (signaling.Room, error) { return s.Store.Touch(ctx, id, name, conn, now) })
}

func (s engineStore) Debit(_ context.Context, conn signaling.ConnID, by time.Duration, now time.Time) (time.Time, error) {
	return fetch(s, func(ctx context.Context) (time.Time, error) { return s.Store.Debit(ctx, conn, by, now) })
}

func (s engineStore) Restore(_ context.Context, id signaling.RoomID, p, old signaling.Peer, now time.Time) (signaling.Room, error) {
	return fetch(s, func(ctx context.Context) (signaling.Room, error) { return s.Store.Restore(ctx, id, p, old, now) })
}

func (s engineStore) Exit(_ context.Context, conn signaling.ConnID, room signaling.RoomID) (signaling.PeerName, int, error) {
	left := 0
	name, err := fetch(s, func(ctx context.Context) (name signaling.PeerName, err error) {
		name, left, err = s.Store.Exit(ctx, conn, room)
		return name, err
	})
	return name, left, err
}

func (s engineStore) Room(_ context.Context, id signaling.RoomID, now time.Time, consistent bool) (signaling.Room, error) {
	return fetch(s, func(ctx context.Context) (signaling.Room, error) { return s.Store.Room(ctx, id, now, consistent) })
}

func (s engineStore) AddPeer(_ context.Context, id signaling.RoomID, p signaling.Peer, terms signaling.Terms, now time.Time) (signaling.Room, error) {
	return fetch(s, func(ctx context.Context) (signaling.Room, error) { return s.Store.AddPeer(ctx, id, p, terms, now) })
}

func (s engineStore) RemovePeer(_ context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	return fetch(s, func(ctx context.Context) (signaling.Room, error) { return s.Store.RemovePeer(ctx, id, name, conn, now) })
}

func (s engineStore) SetData(_ context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, data, former json.RawMessage, now time.Time) (signaling.Room, error) {
	return fetch(s, func(ctx context.Context) (signaling.Room, error) {
		return s.Store.SetData(ctx, id, name, conn, data, former, now)
	})
}

func (s engineStore) MarkLost(_ context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, until, now time.Time) (signaling.Room, error) {
	return fetch(s, func(ctx context.Context) (signaling.Room, error) {
		return s.Store.MarkLost(ctx, id, name, conn, until, now)
	})
}

func (s engineStore) Resume(_ context.Context, id signaling.RoomID, p, old signaling.Peer, now time.Time) (signaling.Room, error) {
	return fetch(s, func(ctx context.Context) (signaling.Room, error) { return s.Store.Resume(ctx, id, p, old, now) })
}

func (s engineStore) SetBusy(_ context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, was, until, now time.Time) error {
	_, err := fetch(s, func(ctx context.Context) (struct{}, error) {
		return only(s.Store.SetBusy(ctx, id, name, conn, was, until, now))
	})
	return err
}

func (s engineStore) KeepMail(_ context.Context, id signaling.RoomID, box signaling.Mailbox, mail signaling.Mail, now time.Time) error {
	_, err := fetch(s, func(ctx context.Context) (struct{}, error) { return only(s.Store.KeepMail(ctx, id, box, mail, now)) })
	return err
}

func (s engineStore) CloseMail(_ context.Context, id signaling.RoomID, box signaling.Mailbox, now time.Time) ([]signaling.Mail, error) {
	return fetch(s, func(ctx context.Context) ([]signaling.Mail, error) { return s.Store.CloseMail(ctx, id, box, now) })
}

func (s engineStore) ClearMail(_ context.Context, id signaling.RoomID, box signaling.Mailbox, first []signaling.Mail, now time.Time) error {
	_, err := fetch(s, func(ctx context.Context) (struct{}, error) { return only(s.Store.ClearMail(ctx, id, box, first, now)) })
	return err
}

func (s engineStore) Prune(_ context.Context, id signaling.RoomID, expired []signaling.Peer, stale []signaling.ConnID, now time.Time) (signaling.Room, error) {
	return fetch(s, func(ctx context.Context) (signaling.Room, error) { return s.Store.Prune(ctx, id, expired, stale, now) })
}

func (s engineStore) SetLocked(_ context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, locked bool, now time.Time) (signaling.Room, error) {
	return fetch(s, func(ctx context.Context) (signaling.Room, error) {
		return s.Store.SetLocked(ctx, id, name, conn, locked, now)
	})
}

func (s engineStore) AddKnock(_ context.Context, id signaling.RoomID, w signaling.Waiting, door signaling.Door, now time.Time) (signaling.Room, error) {
	return fetch(s, func(ctx context.Context) (signaling.Room, error) { return s.Store.AddKnock(ctx, id, w, door, now) })
}

func (s engineStore) EndKnock(_ context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	return fetch(s, func(ctx context.Context) (signaling.Room, error) { return s.Store.EndKnock(ctx, id, name, conn, now) })
}

// TestRandomInterleavingsOnTheEngine plays the first runs of TestRandomInterleavings, TestRandomStrangers and
// TestRandomListings on the store that is deployed, on a real engine.
func TestRandomInterleavingsOnTheEngine(t *testing.T) {
	e, err := emulator.Start(context.Background(), emulator.Options{Template: "../../template.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	db := dynamodb.New(dynamodb.Options{
		Endpoint: "http://" + e.Addr, Region: "us-east-1", HTTPClient: http.DefaultClient,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	s := store.New(db, "localdev-ConnectionsTable", "localdev-RoomsTable")
	playAll(t, *runsFlag/100, func() signaling.Store { return engineStore{newOutside(t), s} })
	playStrangers(t, *runsFlag/500, func() (directoryStore, socketio.Store) {
		e := engineStore{newOutside(t), s}
		return engineDirectory{e, s}, engineSessions{e, s}
	})
	playListings(t, *runsFlag/500, func() directoryStore { return engineDirectory{engineStore{newOutside(t), s}, s} })
}
