package jsonlog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/jsonlog"
)

// point is an Appender.
type point struct{ X, Y int }

func (p point) AppendJSON(to []byte) []byte {
	raw, _ := p.MarshalJSON()
	return append(to, raw...)
}

func (p point) MarshalJSON() ([]byte, error) { return json.Marshal([]int{p.X, p.Y}) }

// same holds a record to what slog makes of it.
func same(t *testing.T, r slog.Record) {
	t.Helper()
	var got, want bytes.Buffer
	if err := slog.NewJSONHandler(&want, nil).Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if err := jsonlog.New(&got, slog.LevelInfo).Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got.String() != want.String() {
		t.Errorf("got  %swant %s", got.String(), want.String())
	}
}

func TestARecordIsWrittenAsSlogDoes(t *testing.T) {
	now := time.Date(2031, 5, 1, 12, 0, 0, 123456700, time.FixedZone("", -5400))
	for _, attrs := range [][]slog.Attr{
		nil,
		{slog.String("connection", "S5Rqye8IoAMCJQg="), slog.Int("code", -1006), slog.Any("at", point{1, 2})},
		{slog.String("a", "1"), slog.String("a", "2"), slog.String("", "no key"), {}, slog.String(`"`, "key")},
		{slog.Any("stack", []string{"<a>", "\xff"}), slog.Any("err", errors.New("<torn>\n")), slog.Any("nil", nil)},
		{slog.Bool("b", true), slog.Uint64("u", math.MaxUint64), slog.Duration("d", time.Second), slog.Time("t", now)},
		{slog.Group("g", slog.Int("n", 1)), slog.Group("empty"), slog.Any("v", slog.StringValue("lazy"))},
		{slog.String("after", "é"), slog.String("before", "e"), slog.Float64("nan", math.NaN())},
	} {
		whole := now.UTC().Truncate(time.Second)
		for _, at := range []time.Time{now, whole, {}, now.AddDate(8000, 0, 0), now.AddDate(-3000, 0, 0)} {
			for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn + 1, slog.LevelError} {
				r := slog.NewRecord(at, level, "message", 0)
				r.AddAttrs(attrs...)
				same(t, r)
			}
		}
	}
}

func FuzzHandler(f *testing.F) {
	f.Add("message", "key", "value", 0.0000012, int64(1), int64(1935403200000))
	f.Add("<b>", "\u2028", "\xff\x00\b\x7f", 1e21, int64(-1), int64(-1))
	f.Add("", "", `"\`, -1e-7, int64(math.MaxInt64), int64(math.MaxInt64))
	for _, number := range []float64{
		0, math.Copysign(0, -1), 1e-6, 9.99e-7, 1e-10, 1e-100, 1e20, 1e100, math.NaN(), math.Inf(1), 5e-324, -1.5,
	} {
		f.Add("a", "b", "c", number, int64(0), int64(0))
	}
	f.Fuzz(func(t *testing.T, msg, key, value string, number float64, whole, at int64) {
		r := slog.NewRecord(time.UnixMicro(at), slog.Level(whole%32), msg, 0)
		r.AddAttrs(slog.String(key, value), slog.Float64("f", number), slog.Int64("n", whole), slog.Any("p", point{1, 2}))
		same(t, r)
	})
}

func TestRecordsOfALevelAreWritten(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(jsonlog.New(&out, slog.LevelWarn))
	log.Info("quiet")
	log.Warn("loud")
	log.With("a", 1).WithGroup("g").Error("louder", "b", 2)
	log.With("a", 1).Info("quiet")
	for says, want := range map[string]bool{"quiet": false, `"loud"}`: true, `"louder","a":1,"g":{"b":2}}`: true} {
		if strings.Contains(out.String(), says) != want {
			t.Errorf("%s: want %t in %s", says, want, out.String())
		}
	}
}

// single fails if it is written to twice at a time.
type single struct {
	mu sync.Mutex
	bytes.Buffer
}

func (s *single) Write(line []byte) (int, error) {
	if !s.mu.TryLock() {
		return 0, errors.New("two write")
	}
	defer s.mu.Unlock()
	return s.Buffer.Write(line)
}

func TestLinesStayWhole(t *testing.T) {
	var out single
	h := jsonlog.New(&out, slog.LevelInfo)
	var wg sync.WaitGroup
	for range 4 {
		for _, attr := range []slog.Attr{slog.Int("usual", 1), slog.Any("unusual", []int{1})} {
			wg.Go(func() {
				for range 200 {
					r := slog.NewRecord(time.Now(), slog.LevelInfo, "message", 0)
					r.AddAttrs(attr)
					if err := h.Handle(context.Background(), r); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	for _, line := range lines {
		if !json.Valid(line) {
			t.Fatalf("torn: %s", line)
		}
	}
	if len(lines) != 1600 {
		t.Errorf("%d lines, want 1600", len(lines))
	}
}

func TestALineNeedsNoAllocation(t *testing.T) {
	h := jsonlog.New(io.Discard, slog.LevelInfo)
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "message", 0)
	r.AddAttrs(
		slog.String("connection", "S5Rqye8IoAMCJQg="), slog.Int("code", 1006), slog.Float64("duration", 1.5),
		slog.Any("at", &still{}),
	)
	if n := testing.AllocsPerRun(100, func() { _ = h.Handle(t.Context(), r) }); n > 1 { // a buffer may get lost
		t.Errorf("%v allocations, want none", n)
	}
}

// still is an Appender that needs none.
type still struct{}

func (*still) AppendJSON(to []byte) []byte { return append(to, "{}"...) }
