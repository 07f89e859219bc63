package store_test

import (
	"io"
	"net"
	"net/http"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/parley-rtc/parley/internal/metrics"
	"github.com/parley-rtc/parley/internal/store"
)

// breaking breaks off the first answer, after its header.
type breaking struct{ broke bool }

func (b *breaking) Do(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultClient.Do(r)
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
	s := store.New(dynamodb.New(db.Options(), func(o *dynamodb.Options) { o.HTTPClient = client }), connections, rooms)
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
