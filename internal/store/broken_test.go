package store_test

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/parley-rtc/parley/internal/metrics"
	"github.com/parley-rtc/parley/internal/signaling"
)

// breaking breaks off the first answer, after its header.
type breaking struct{ broke bool }

func (b *breaking) Do(r *http.Request) (*http.Response, error) {
	resp, err := steady.Do(r)
	if err == nil && !b.broke {
		b.broke = true
		resp.Body.Close()
		resp.Body = io.NopCloser(iotest.ErrReader(&net.OpError{Op: "read", Net: "tcp", Err: net.ErrClosed}))
	}
	return resp, err
}

// TestAReadingWhoseAnswerBrokeOffIsCountedTwice, as it is charged.
func TestAReadingWhoseAnswerBrokeOffIsCountedTwice(t *testing.T) {
	db := engine(t)
	client := &breaking{}
	s := open(dynamodb.New(db.Options(), func(o *dynamodb.Options) { o.HTTPClient = client }))
	ctx, tally := metrics.With(t.Context())
	_, before := billed(t, db)
	if _, err := s.Room(ctx, "r", time.Now(), true); err != nil || !client.broke {
		t.Fatal(err)
	}
	_, after := billed(t, db)
	if got := tally.Count().RRU; got != 2 || after-before != got {
		t.Errorf("counted %v, charged %v, want 2", got, after-before)
	}
}

// down refuses the first connection.
type down struct{ refused bool }

func (d *down) Do(r *http.Request) (*http.Response, error) {
	if !d.refused {
		d.refused = true
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	return steady.Do(r)
}

// TestAReadingThatFirstFoundNobodyIsCountedOnce.
func TestAReadingThatFirstFoundNobodyIsCountedOnce(t *testing.T) {
	client := &down{}
	s := open(dynamodb.New(engine(t).Options(), func(o *dynamodb.Options) { o.HTTPClient = client }))
	ctx, tally := metrics.With(t.Context())
	if _, err := s.Room(ctx, "r", time.Now(), true); err != nil || !client.refused {
		t.Fatal(err)
	}
	if got := tally.Count().RRU; got != 1 {
		t.Errorf("counted %v, want 1", got)
	}
}

// TestAWriteWhoseAnswerBrokeOffIsCountedTwice likewise: its repetition finds what it did itself.
func TestAWriteWhoseAnswerBrokeOffIsCountedTwice(t *testing.T) {
	db := engine(t)
	client := &breaking{broke: true}
	s := open(dynamodb.New(db.Options(), func(o *dynamodb.Options) { o.HTTPClient = client }))
	room := signaling.RoomID("broken-" + rand.Text())
	data := json.RawMessage(`"` + strings.Repeat("x", 4000) + `"`)
	for i, name := range []signaling.PeerName{"alice", "bob"} {
		p := signaling.Peer{Name: name, Conn: signaling.ConnID(name), Dialect: "d", Data: data}
		if _, err := s.AddPeer(t.Context(), room, p, signaling.Terms{Seats: 9}, noon.Add(time.Duration(i))); err != nil {
			t.Fatal(err)
		}
	}
	client.broke = false
	ctx, tally := metrics.With(t.Context())
	before, _ := billed(t, db)
	if _, err := s.SetData(ctx, room, "alice", "alice", data, data, noon); err != nil || !client.broke {
		t.Fatal(err)
	}
	after, _ := billed(t, db)
	if got := tally.Count().WRU; got < 16 || after-before != got {
		t.Errorf("counted %v, charged %v, want the same, and the room twice", got, after-before)
	}
}
