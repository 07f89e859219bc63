package trace

import (
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/bill"
	"github.com/parley-rtc/parley/localdev/rates"
)

// View is a span as the console's JSON has it. Times within it are microseconds since it began.
type View struct {
	ID         uint64          `json:"id"`
	Kind       Kind            `json:"kind"`
	API        string          `json:"api"`
	Connection string          `json:"connection"`
	Route      string          `json:"route"`
	By         string          `json:"by,omitempty"`
	RequestID  string          `json:"requestId"`
	At         int64           `json:"at"` // ms, emulated time
	Micros     int             `json:"us"` // and so many µs
	Took       int64           `json:"took"`
	Running    bool            `json:"running,omitempty"` // nobody has an answer yet
	Bytes      int             `json:"bytes"`
	Status     int             `json:"status,omitempty"`
	Failure    string          `json:"failure,omitempty"`
	Event      json.RawMessage `json:"event,omitempty"`
	Short      bool            `json:"short,omitempty"`
	Body       string          `json:"body,omitempty"`
	Steps      []StepView      `json:"steps"`
	Dropped    int             `json:"dropped,omitempty"` // steps that were not kept
	WRU        float64         `json:"wru"`
	RRU        float64         `json:"rru"`
	USD        float64         `json:"usd"`
}

// StepView is a step of a View.
type StepView struct {
	Kind      StepKind `json:"kind"`
	At        int64    `json:"at"`
	Took      int64    `json:"took"`
	Direct    bool     `json:"direct,omitempty"`
	Name      string   `json:"name"`
	Table     string   `json:"table,omitempty"`
	Status    int      `json:"status,omitempty"`
	Bytes     int      `json:"bytes,omitempty"`
	Text      string   `json:"text,omitempty"`
	WRU       float64  `json:"wru,omitempty"`
	RRU       float64  `json:"rru,omitempty"`
	RequestID string   `json:"requestId,omitempty"`
	Instance  string   `json:"instance,omitempty"`
	Cold      int64    `json:"cold,omitempty"`
	BilledMs  int64    `json:"billedMs,omitempty"`
	MemoryMB  int      `json:"memoryMB,omitempty"`
	Failure   string   `json:"failure,omitempty"`
}

// Since returns the spans that are new or have changed after version, the oldest first, priced by prices, and the version
// to ask with the next time. Version 0 is before everything.
func (l *Log) Since(version uint64, prices rates.Rates) ([]View, uint64) {
	now := l.version.Load() // before the look: what changes meanwhile is seen twice rather than never
	if now == version {
		return nil, now
	}
	l.mu.Lock()
	spans := slices.Clone(l.spans)
	l.mu.Unlock()
	views := []View{}
	for _, s := range spans {
		if v, changed := s.view(version, prices); changed {
			views = append(views, v)
		}
	}
	return views, now
}

// Find returns one span.
func (l *Log) Find(id uint64, prices rates.Rates) (View, bool) {
	l.mu.Lock()
	i, ok := slices.BinarySearchFunc(l.spans, id, func(s *Span, id uint64) int { return int(int64(s.id) - int64(id)) })
	var s *Span
	if ok {
		s = l.spans[i]
	}
	l.mu.Unlock()
	if s == nil {
		return View{}, false
	}
	return s.view(0, prices)
}

func (s *Span) view(after uint64, prices rates.Rates) (View, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.version <= after {
		return View{}, false
	}
	took := s.took
	if !s.ended {
		took = time.Since(s.began)
	}
	v := View{
		ID: s.id, Kind: s.start.Kind, API: s.start.API, Connection: s.start.Connection, Route: s.start.Route, By: s.start.By,
		RequestID: s.start.RequestID, At: s.start.At.UnixMilli(), Micros: int(s.start.At.UnixMicro() % 1000),
		Took: took.Microseconds(), Running: !s.ended, Bytes: s.start.Bytes,
		Status: s.status, Failure: s.failure, Event: s.start.Event, Short: s.start.Short, Body: string(s.start.Body),
		Steps: make([]StepView, 0, len(s.steps)), Dropped: s.dropped,
	}
	cost := bill.Call{}
	if s.start.Kind == Message {
		cost.Message(prices, s.start.Bytes)
	}
	for _, st := range s.steps {
		v.Steps = append(v.Steps, StepView{
			Kind: st.Kind, At: st.Began.Sub(s.began).Microseconds(), Took: st.Took.Microseconds(), Direct: st.Direct,
			Name: st.Name, Table: st.Table, Status: st.Status, Bytes: st.Bytes, Text: st.Text, WRU: st.WRU, RRU: st.RRU,
			RequestID: st.RequestID, Instance: st.Instance, Cold: st.Cold.Microseconds(),
			BilledMs: int64(math.Ceil(float64(st.Billed) / float64(time.Millisecond))), MemoryMB: st.MemoryMB,
			Failure: st.Failure,
		})
		v.WRU += st.WRU
		v.RRU += st.RRU
		switch {
		case st.Kind == Reply, st.Kind == Push && st.Status == 200:
			cost.Message(prices, st.Bytes)
		case st.Kind == Invoke:
			cost.Invocation(st.MemoryMB, st.Billed)
		}
	}
	cost.Units(v.WRU, v.RRU)
	v.USD = cost.USD(prices)
	slices.SortStableFunc(v.Steps, func(a, b StepView) int { return int(a.At - b.At) })
	return v, true
}
