package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/metrics"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
	"github.com/parley-rtc/parley/internal/store"
)

type decision = func([]directory.Entry) (directory.Amended, error)

// as decides the same, whoever is listed.
func as(a directory.Amended, refusal error) decision {
	return func([]directory.Entry) (directory.Amended, error) { return a, refusal }
}

// amend lists a connection under the topic as decided.
func amend(ctx context.Context, s directory.Store, conn string, decide decision) error {
	d := &directory.Directory{Store: s, Pusher: metrics.Pusher{Pusher: &signalingtest.Recorder{}}}
	e := directory.Entry{Conn: signaling.ConnID(conn), Dialect: "sip"}
	terms := directory.Terms{Rule: directory.Many, Limit: 10, Names: 10, Amend: decide}
	listed, err := d.List(ctx, topic, e, terms, noon)
	return errors.Join(err, listed.Aside)
}

func connected(t *testing.T, s *store.Store, conns ...string) {
	t.Helper()
	for _, conn := range conns {
		if err := s.Connect(t.Context(), signaling.Connection{ID: signaling.ConnID(conn), Opened: noon}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAnAmendmentCostsWhatItMay holds a registration to its budget, with the note of it.
func TestAnAmendmentCostsWhatItMay(t *testing.T) {
	db := engine(t)
	s := open(db)
	connected(t, s, "alice", "bob", "carol")
	refused := errors.New("refused")
	amends := func(conn string, a directory.Amended, refusal error) func(context.Context) error {
		return func(ctx context.Context) error { return amend(ctx, s, conn, as(a, refusal)) }
	}
	overtaken := func(ctx context.Context) error {
		first := true
		return amend(ctx, s, "alice", func([]directory.Entry) (directory.Amended, error) {
			if first {
				first = false
				return directory.Amended{}, amends("carol", directory.Amended{}, nil)(ctx)
			}
			return directory.Amended{}, nil
		})
	}
	costs(t, db, []cost{
		{"the first of a name", amends("alice", directory.Amended{Tag: "a"}, nil), nil, 2, 0.5},
		{"another", amends("bob", directory.Amended{Tag: "b"}, nil), nil, 2, 0.5},
		{"the same again", amends("bob", directory.Amended{Tag: "c"}, nil), nil, 2, 0.5},
		{"one instead of another", amends("carol", directory.Amended{Instead: []signaling.ConnID{"bob"}}, nil), nil, 2, 0.5},
		{"one that is refused", amends("carol", directory.Amended{}, refused), refused, 0, 1.5},
		{"one that is overtaken, and what that took", overtaken, nil, 3 + 2, 0.5 + 0.5},
		{"a removal", amends("carol", directory.Amended{Remove: true}, nil), nil, 2, 0.5},
		{"a removal of nothing", amends("carol", directory.Amended{Remove: true}, nil), nil, 1, 1.5},
	})
}

// TestThreeContactsFitOneUnit: the write is charged for each KB that is listed under the name.
func TestThreeContactsFitOneUnit(t *testing.T) {
	db := engine(t)
	s := open(db)
	var of []cost
	lists := func(conn, bytes int, wru, rru float64) {
		id := fmt.Sprint("L0SM9cOFvHcCIh", conn, "=") // as long as those of API Gateway
		a := directory.Amended{Tag: strings.Repeat("x", bytes), Until: noon.Add(5 * time.Minute)}
		do := func(ctx context.Context) error { return amend(ctx, s, id, as(a, nil)) }
		of = append(of, cost{fmt.Sprint("number ", conn, " with ", bytes, " bytes"), do, nil, wru + 1, rru})
		connected(t, s, id)
	}
	for i, wru := range []float64{1, 1, 1, 2} {
		lists(i, 250, wru, 0.5)
	}
	for i := range 10 {
		lists(i, directory.MaxTag, []float64{2, 3, 3, 4, 5, 5, 6, 7, 8, 9}[i], []float64{0.5, 1}[i/5])
	}
	costs(t, db, of)
}

// TestAnAmendmentInDoubtIsMadeOnce has the answer to the write lost, and others register before it is
// repeated: who has counted does not count again, nor is taken for somebody else who has.
func TestAnAmendmentInDoubtIsMadeOnce(t *testing.T) {
	_, options := running(t)
	quiet := open(dynamodb.New(options))
	lossy := &meanwhile{}
	options.HTTPClient = lossy
	options.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
	s := open(dynamodb.New(options))
	connected(t, quiet, "alice", "bob")
	used := errors.New("used")
	count := func(list []directory.Entry) (directory.Amended, error) {
		for _, e := range list {
			if e.Conn == "alice" && e.Tag == "used" {
				return directory.Amended{}, used
			}
		}
		return directory.Amended{Tag: "used"}, nil
	}
	bobs := func() {
		if err := amend(t.Context(), quiet, "bob", as(directory.Amended{}, nil)); err != nil {
			t.Error(err)
		}
	}
	lossy.happens = bobs
	if err := amend(t.Context(), s, "alice", count); err != nil {
		t.Fatalf("who has counted is told %v", err)
	}
	if err := amend(t.Context(), s, "alice", count); !errors.Is(err, used) {
		t.Fatalf("got %v of what is used", err)
	}
	lossy.happens = bobs
	if err := amend(t.Context(), s, "alice", as(directory.Amended{Remove: true}, nil)); err != nil {
		t.Fatal(err)
	}
	list, err := quiet.Entries(t.Context(), topic, noon, true)
	if err != nil || len(list) != 1 || list[0].Conn != "bob" {
		t.Fatalf("listed are %+v, %v", list, err)
	}
	c, err := quiet.Connection(t.Context(), "alice", true)
	if err != nil || len(c.Names) != 0 {
		t.Fatalf("noted are %v, %v", c.Names, err)
	}
}
