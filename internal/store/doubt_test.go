package store_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
	"github.com/parley-rtc/parley/internal/store"
)

// unreliable returns a client of a real engine that says of many a write to a room that it failed, though it was carried out.
func unreliable(t *testing.T) *dynamodb.Client {
	t.Helper()
	address, options := running(t)
	weather := `rules: [
		{fault: db-error, after: true, table: RoomsTable, operation: UpdateItem, probability: 0.3},
		{fault: db-error, after: true, table: RoomsTable, operation: PutItem, probability: 0.3}]`
	resp, err := http.Post(address+"/_localdev/weather", "", strings.NewReader(weather))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	options.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff, o.RateLimiter = 20, time.Millisecond, ratelimit.None
	})
	return dynamodb.New(options)
}

// TestWhatIsDoneButNotAnsweredIsDoneOnce runs the contract where each write may fail after it has had its effect.
func TestWhatIsDoneButNotAnsweredIsDoneOnce(t *testing.T) {
	db := unreliable(t)
	signalingtest.StoreContract(t, func(*testing.T) signaling.Store { return open(db) })
	items := open(db)
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	for i := range 30 { // one after the other: of two at once, one may come twice
		rev, err := items.AppendItem(t.Context(), "room", "x", []byte("1"), 1000, now)
		if err != nil || rev != int64(i+1) {
			t.Fatalf("got revision %d, %v, want %d", rev, err, i+1)
		}
	}
}

// meanwhile carries out the first write, lets something else happen, and loses the answer.
type meanwhile struct {
	happens func()
}

func (m *meanwhile) Do(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultClient.Do(req)
	reads := strings.HasSuffix(req.Header.Get("X-Amz-Target"), ".GetItem")
	if happens := m.happens; happens != nil && err == nil && !reads {
		m.happens = nil
		resp.Body.Close()
		happens()
		return nil, errors.New("the answer is lost")
	}
	return resp, err
}

// TestAJoinWhoseAnswerIsLostHasARevisionOfItsOwn, since what others did after it is told by theirs.
func TestAJoinWhoseAnswerIsLostHasARevisionOfItsOwn(t *testing.T) {
	_, options := running(t)
	quiet := open(dynamodb.New(options))
	lossy := &meanwhile{}
	options.HTTPClient = lossy
	s := open(dynamodb.New(options))
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	terms := signaling.Terms{Default: 16}
	add := func(s *store.Store, name string) signaling.Room {
		t.Helper()
		r, err := s.AddPeer(t.Context(), "doubt", signaling.Peer{
			Name: signaling.PeerName(name), Conn: signaling.ConnID("conn-of-" + name), Dialect: "d", Joined: now,
		}, terms, now)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	add(quiet, "alice")
	lossy.happens = func() {}
	if r := add(s, "bob"); r.Rev != 2 {
		t.Errorf("with nothing after it, the join is at revision %d, want 2", r.Rev)
	}
	others := int64(0)
	lossy.happens = func() { others = add(quiet, "dave").Rev }
	if r := add(s, "carol"); r.Rev <= others {
		t.Errorf("the join is told at revision %d, and another's was %d", r.Rev, others)
	}
}

// unwell carries out the next write, and answers with an error of the service's own.
type unwell struct {
	body string
	sick bool
}

func (u *unwell) Do(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultClient.Do(req)
	if err != nil || !u.sick || strings.HasSuffix(req.Header.Get("X-Amz-Target"), ".GetItem") {
		return resp, err
	}
	u.sick = false
	resp.Body.Close()
	return &http.Response{
		StatusCode: http.StatusServiceUnavailable, Body: io.NopCloser(strings.NewReader(u.body)), Header: http.Header{}, Request: req,
	}, nil
}

// TestAnErrorOfTheServiceMayComeAfterTheWrite, whatever it is called, and if it has no name at all.
func TestAnErrorOfTheServiceMayComeAfterTheWrite(t *testing.T) {
	_, options := running(t)
	service := &unwell{}
	options.HTTPClient = service
	s := open(dynamodb.New(options))
	for i, body := range []string{"", "<html>", `{"__type":"com.amazon#ServiceUnavailable"}`, `{"__type":"com.amazon#InternalServerError"}`} {
		service.body = body
		room := signaling.RoomID(fmt.Sprint("unwell-", i))
		for seated, name := range []signaling.PeerName{"alice", "bob"} {
			service.sick = true
			p := signaling.Peer{Name: name, Conn: signaling.ConnID(name), Dialect: "d", Joined: noon}
			r, err := s.AddPeer(t.Context(), room, p, signaling.Terms{Default: 16}, noon)
			if err != nil || len(r.Peers) != seated+1 || service.sick {
				t.Errorf("a join answered with %q gave %v, %v", body, r.Peers, err)
			}
		}
		service.sick = true
		box := signaling.Mailbox{Peer: "bob", Loss: 1}
		kept := s.KeepMail(t.Context(), room, box, signaling.Mail{Data: []byte("1")}, noon)
		if all, err := s.CloseMail(t.Context(), room, box, noon); err != nil || len(all) > 1 || service.sick {
			t.Errorf("mail answered with %q (%v) is kept %d times, %v", body, kept, len(all), err)
		}
	}
}

// TestAStateWhoseChangeIsNotAnsweredIsChangedOnce has the same state asked for by two, of whom one has
// changed it, whoever hears of it.
func TestAStateWhoseChangeIsNotAnsweredIsChangedOnce(t *testing.T) {
	_, options := running(t)
	quiet := open(dynamodb.New(options))
	lossy := &meanwhile{}
	options.HTTPClient = lossy
	s := open(dynamodb.New(options))
	ctx := t.Context()
	if err := s.Connect(ctx, signaling.Connection{ID: "c", Dialect: "d", Opened: noon}); err != nil {
		t.Fatal(err)
	}
	lossy.happens = func() {
		if err := quiet.SetState(ctx, "c", "", "1"); !errors.Is(err, signaling.ErrChanged) {
			t.Errorf("the other got %v, want ErrChanged", err)
		}
	}
	if err := s.SetState(ctx, "c", "", "1"); err != nil {
		t.Fatal(err)
	}
	lossy.happens = func() {
		if err := quiet.SetState(ctx, "c", "1", "2"); err != nil {
			t.Error(err)
		}
	}
	if err := s.SetState(ctx, "c", "1", "1"); !errors.Is(err, signaling.ErrChanged) {
		t.Fatalf("got %v of a state that has been changed again, want ErrChanged", err)
	}
}
