package trace_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/trace"
	"github.com/parley-rtc/parley/localdev/rates"
)

func prices(t testing.TB) rates.Rates {
	t.Helper()
	r, err := rates.USEast1()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func begin(l *trace.Log, body int) *trace.Span {
	return l.Begin(trace.Start{Kind: trace.Message, Connection: "c", Route: "act", Bytes: body, Event: []byte(`{"body":"` + strings.Repeat("x", body) + `"}`)})
}

func TestASpanAndWhatItCost(t *testing.T) {
	var l trace.Log
	s := begin(&l, 40)
	now := time.Now()
	s.Add(trace.Step{Kind: trace.Invoke, Began: now, Took: 2 * time.Millisecond, Name: "message", Billed: 2100 * time.Microsecond, MemoryMB: 256})
	s.Add(trace.Step{Kind: trace.Dynamo, Began: now.Add(time.Millisecond), Name: "PutItem", Table: "T", Status: 200, WRU: 2, RRU: 0.5})
	s.Push("gone", []byte("hello"), now.Add(2*time.Millisecond), 410, "it is gone")
	s.Push("there", []byte("hello"), now.Add(3*time.Millisecond), 200, "")
	s.Line("message", []byte("a line"))
	s.End()
	views, version := l.Since(0, prices(t))
	if len(views) != 1 || len(views[0].Steps) != 5 || views[0].Running {
		t.Fatalf("got %+v", views)
	}
	v := views[0]
	if v.WRU != 2 || v.RRU != 0.5 || v.Steps[0].BilledMs != 3 || v.Steps[3].Status != 410 || v.Steps[3].Failure != "it is gone" || v.Steps[4].Text != "hello" {
		t.Errorf("got %+v", v)
	}
	// One message in, one that was taken out of two, one event of 3 billed ms at 256 MB, and the units.
	want := 2*0.000001 + 0.0000002 + 0.25*0.003*0.0000133334 + 2*0.000000625 + 0.5*0.000000125
	if math.Abs(v.USD-want) > 1e-12 {
		t.Errorf("usd: got %v, want %v", v.USD, want)
	}
	if again, _ := l.Since(version, prices(t)); len(again) != 0 {
		t.Errorf("nothing has changed: got %d spans", len(again))
	}
	s.Line("message", []byte("late"))
	if again, _ := l.Since(version, prices(t)); len(again) != 1 || len(again[0].Steps) != 6 {
		t.Errorf("a late line: got %+v", again)
	}
	if found, ok := l.Find(v.ID, prices(t)); !ok || len(found.Steps) != 6 {
		t.Errorf("Find: got %+v, %v", found, ok)
	}
	l.Clear()
	s.Line("message", []byte("later still"))
	if _, ok := l.Find(v.ID, prices(t)); ok {
		t.Error("Find: still there after Clear")
	}
}

func TestNothingIsKeptWithoutALog(t *testing.T) {
	var l *trace.Log
	s := l.Begin(trace.Start{Kind: trace.Message})
	s.Add(trace.Step{})
	s.Push("", nil, time.Now(), 200, "")
	s.Reply(nil)
	s.Line("", nil)
	s.Fail(errors.New("x"))
	s.Status(200)
	s.End()
	if s != nil {
		t.Errorf("got %v, want nil", s)
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	kept := func(l *trace.Log) (spans, bytes int) {
		t.Helper()
		views, _ := l.Since(0, prices(t))
		for _, v := range views {
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			bytes += len(b)
		}
		return len(views), bytes
	}
	t.Run("in number", func(t *testing.T) {
		var l trace.Log
		for range 1500 {
			begin(&l, 1)
		}
		if n, _ := kept(&l); n != 1000 {
			t.Errorf("got %d spans, want 1000", n)
		}
		views, _ := l.Since(0, prices(t))
		if views[0].ID != 501 || views[999].ID != 1500 {
			t.Errorf("got %d to %d, want the latest", views[0].ID, views[999].ID)
		}
	})
	t.Run("in bytes, by events and by steps", func(t *testing.T) {
		var l trace.Log
		for range 600 {
			s := begin(&l, 8000)
			for range 10 {
				s.Push("c", []byte(strings.Repeat("y", 20_000)), time.Now(), 200, "")
			}
		}
		if n, bytes := kept(&l); bytes > 8<<20 || n < 50 {
			t.Errorf("got %d bytes in %d spans, want at most 8 MiB", bytes, n)
		}
	})
	t.Run("in steps of a span", func(t *testing.T) {
		var l trace.Log
		s := begin(&l, 1)
		for range 1000 {
			s.Line("f", []byte("line"))
		}
		s.Add(trace.Step{Kind: trace.Invoke, Began: time.Now(), RequestID: "run"}) // never dropped: it comes last
		if v, _ := l.Find(1, prices(t)); len(v.Steps) != 201 || v.Dropped != 800 || s.Invocation() != "run" {
			t.Errorf("got %d steps and %d dropped, and the run %q", len(v.Steps), v.Dropped, s.Invocation())
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	var l trace.Log
	r := prices(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 300 {
				s := begin(&l, 100)
				s.Line("f", []byte("line"))
				s.End()
				if i%30 == 0 {
					l.Since(0, r)
				}
			}
		})
	}
	all.Wait()
	if views, _ := l.Since(0, prices(t)); len(views) != 1000 {
		t.Errorf("got %d spans", len(views))
	}
}

// BenchmarkMessage is what recording costs a message of 1 KB with the steps of a relay.
func BenchmarkMessage(b *testing.B) {
	var l trace.Log
	event, push := []byte(strings.Repeat("x", 2000)), []byte(strings.Repeat("x", 1000))
	b.ReportAllocs()
	for b.Loop() {
		s := l.Begin(trace.Start{Kind: trace.Message, Event: event})
		s.Push("c", push, time.Now(), 200, "")
		s.Add(trace.Step{Kind: trace.Invoke, Began: time.Now(), Name: "message"})
		s.End()
	}
}
