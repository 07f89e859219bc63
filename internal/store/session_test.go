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
	"github.com/parley-rtc/parley/internal/metrics"
)

func TestTheEngineKeepsSessions(t *testing.T) {
	db := engine(t)
	socketiotest.SessionsContract(t, func(*testing.T) socketio.Sessions { return open(db) })
}

func TestSessionsWhoseWritesAreNotAnsweredKeepTheirContract(t *testing.T) {
	db := unreliable(t)
	socketiotest.SessionsContract(t, func(*testing.T) socketio.Sessions { return open(db) })
}

// TestWhatIsKeptOfALostSocketIsTakenOnce has the answer to a write lost, and a client come back and
// take what it wrote before the write is repeated.
func TestWhatIsKeptOfALostSocketIsTakenOnce(t *testing.T) {
	_, options := running(t)
	quiet := open(dynamodb.New(options))
	lossy := &meanwhile{}
	options.HTTPClient = lossy
	options.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
	s := open(dynamodb.New(options))
	ctx, key, until := t.Context(), socketio.SessionKey{Conn: "c", Namespace: "/"}, noon.Add(time.Minute)
	lossy.happens = func() {
		if got, _, err := quiet.Claim(ctx, key, noon); err != nil || got != "s" {
			t.Errorf("claimed %q, %v", got, err)
		}
	}
	if err := s.Save(ctx, key, "s", until, noon); err != nil {
		t.Fatal(err)
	}
	if got, _, err := quiet.Claim(ctx, key, noon); !errors.Is(err, socketio.ErrNoSession) {
		t.Fatalf("a repeated write brought %q back, %v", got, err)
	}
	lossy.happens = func() {
		if frames, err := quiet.Drain(ctx, key, noon); err != nil || len(frames) != 1 {
			t.Errorf("drained %q, %v", frames, err)
		}
	}
	if _, err := s.Append(ctx, key, []string{"a"}, false, until, noon); err != nil {
		t.Fatal(err)
	}
	lossy.happens = func() { // and then it is over
		for _, want := range []int{1, 0} {
			if frames, err := quiet.Drain(ctx, key, noon); err != nil || len(frames) != want {
				t.Errorf("drained %q, %v, want %d", frames, err, want)
			}
		}
	}
	if _, err := s.Append(ctx, key, []string{"b"}, true, until, noon); err != nil {
		t.Fatal(err)
	}
	if got, frames, err := quiet.Claim(ctx, key, noon); !errors.Is(err, socketio.ErrNoSession) {
		t.Fatalf("a repeated write made a session with %q and %q, %v", got, frames, err)
	}
	if err := quiet.Save(ctx, key, "t", until, noon); err != nil {
		t.Fatal(err)
	}
	lossy.happens = func() {
		if _, err := quiet.Append(ctx, key, []string{"d"}, false, until, noon); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Append(ctx, key, []string{"c"}, false, until, noon); err != nil {
		t.Fatal(err)
	}
	lossy.happens = func() {
		if _, err := quiet.Append(ctx, key, []string{"e"}, false, until, noon); err != nil {
			t.Error(err)
		}
	}
	if got, frames, err := s.Claim(ctx, key, noon); err != nil || got != "t" || strings.Join(frames, "") != "cd" {
		t.Fatalf("claimed %q with %q, %v", got, frames, err)
	}
	lossy.happens = func() {}
	if frames, err := s.Drain(ctx, key, noon); err != nil || strings.Join(frames, "") != "e" {
		t.Fatalf("drained %q, %v", frames, err)
	}
}

// TestALostSocketCostsWhatItMay holds each operation to its budget, and what is counted of it to the
// bill. A write is charged by the size of what is kept then, or was.
func TestALostSocketCostsWhatItMay(t *testing.T) {
	db := engine(t)
	s := open(db)
	key, until := socketio.SessionKey{Conn: "c", Namespace: "/"}, noon.Add(time.Minute)
	adds := func(create bool, frames ...string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := s.Append(ctx, key, frames, create, until, noon)
			return err
		}
	}
	claim := func(ctx context.Context) error {
		_, _, err := s.Claim(ctx, key, noon)
		return err
	}
	drain := func(ctx context.Context) error {
		_, err := s.Drain(ctx, key, noon)
		return err
	}
	save := func(ctx context.Context) error { return s.Save(ctx, key, strings.Repeat("x", 400), until, noon) }
	costs(t, db, []cost{
		{"a frame for nobody", adds(false, "a"), socketio.ErrNoSession, 1, 0},
		{"a lost socket", save, nil, 1, 0},
		{"a frame", adds(false, "a"), nil, 1, 0},
		{"a claim", claim, nil, 1, 0},
		{"another claim", claim, socketio.ErrNoSession, 1, 0},
		{"nothing to drain", drain, nil, 1, 0},
		{"a frame for who is back", adds(false, "a"), socketio.ErrNoSession, 1, 0},
		{"who is lost again", save, nil, 2, 0},
		{"a description", adds(false, strings.Repeat("x", 3000)), nil, 4, 0},
		{"too much by itself", adds(true, strings.Repeat("x", 1<<16+1)), socketio.ErrFull, 0, 1},
		{"a claim of that", claim, nil, 4, 0},
		{"a frame meanwhile", adds(false, "a"), nil, 4, 0},
		{"what came meanwhile", drain, nil, 4 + 4, 0},
		{"the rest", drain, nil, 1, 0},
		{"a frame before its $disconnect", adds(true, "a"), nil, 2, 0},
	})
}

// cost is what an operation may cost.
type cost struct {
	what     string
	do       func(context.Context) error
	fails    error
	wru, rru float64
}

// costs carries them out, and compares what each is charged, and what is counted of it, with the budget.
func costs(t *testing.T, db *dynamodb.Client, of []cost) {
	t.Helper()
	for _, tt := range of {
		ctx, tally := metrics.With(t.Context())
		wru, rru := billed(t, db)
		if err := tt.do(ctx); !errors.Is(err, tt.fails) {
			t.Fatalf("%s: got %v, want %v", tt.what, err, tt.fails)
		}
		nowWRU, nowRRU := billed(t, db)
		count := tally.Count()
		if nowWRU-wru != tt.wru || nowRRU-rru != tt.rru || count.WRU != tt.wru || count.RRU != tt.rru {
			t.Errorf("%s: is charged %v WRU and %v RRU, counts %v and %v, want %v and %v",
				tt.what, nowWRU-wru, nowRRU-rru, count.WRU, count.RRU, tt.wru, tt.rru)
		}
	}
}
