// Package siptest lets phones speak SIP to the service in memory, and has a sip.Transactions in memory.
package siptest

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/admission"
	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/dialect/sip"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/directory/directorytest"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// Stage is the service with SIP behind it, and phones before it.
type Stage struct {
	*signalingtest.Recorder
	Store        *Counted
	Transactions *Transactions
	Now          time.Time // of the last event: each is a millisecond after the one before
	Log          *Log
	Process      *Process // that handles what phones send

	t      *testing.T
	phones map[signaling.ConnID]*Phone
	mu     sync.Mutex // of Now: phones may send at the same time
}

// Process is one of several that handle events, with a memory of its own.
type Process struct {
	*gateway.Handler
	Dialect *sip.Dialect
}

// Log is what the service has said, warnings and up unless Level says otherwise.
type Log struct {
	Level slog.LevelVar

	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// Take returns what was said since the last Take.
func (l *Log) Take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.text.Reset()
	return l.text.String()
}

// NewStage returns a Stage with one process, where everybody may be anybody. A test that fails shows
// the log.
func NewStage(t *testing.T) *Stage {
	t.Helper()
	s := &Stage{
		Recorder: &signalingtest.Recorder{}, Store: &Counted{Memory: directorytest.NewMemory()},
		Transactions: NewTransactions(), Log: &Log{}, Now: time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC),
		t: t, phones: map[signaling.ConnID]*Phone{},
	}
	s.Log.Level.Set(slog.LevelWarn)
	s.Process = s.NewProcess()
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.Log.Take())
		}
	})
	return s
}

// NewProcess returns another process, which remembers nothing.
func (s *Stage) NewProcess() *Process {
	s.t.Helper()
	sealer, err := seal.New(make([]byte, seal.KeySize))
	if err != nil {
		s.t.Fatal(err)
	}
	d := sip.New()
	d.Sealer, d.Transactions = sealer, s.Transactions
	service := &signaling.Service{Store: s.Store, Pusher: s}
	return &Process{Dialect: d, Handler: &gateway.Handler{
		Service: service, Admission: &admission.Gate{},
		Dialects: gateway.Dialects{d},
		Log:      slog.New(slog.NewTextHandler(s.Log, &slog.HandlerOptions{Level: &s.Log.Level})),
		House: &dialect.House{
			Connections: s.Store, Pusher: s, Gate: service,
			Directory: &directory.Directory{Store: s.Store, Pusher: s},
		},
	}}
}

// Through has what is sent meanwhile handled by that process.
func (s *Stage) Through(p *Process, do func()) {
	was := s.Process
	s.Process = p
	defer func() { s.Process = was }()
	do()
}

// WantQuiet fails the test if the service has logged anything, and forgets it.
func (s *Stage) WantQuiet() {
	s.t.Helper()
	if log := s.Log.Take(); log != "" {
		s.t.Errorf("the log has\n%s", log)
	}
}

// deliver hands what was pushed to the phones.
func (s *Stage) deliver() {
	s.t.Helper()
	for _, push := range s.Take() {
		p, ok := s.phones[push.To]
		if !ok {
			s.t.Errorf("somebody unknown is told\n%s", push.Frame)
			continue
		}
		p.frames = append(p.frames, push.Frame)
	}
}

func (s *Stage) event(conn signaling.ConnID, route, body string) gateway.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Now = s.Now.Add(time.Millisecond)
	var e gateway.Event
	e.RequestContext.RouteKey, e.RequestContext.ConnectionID = route, string(conn)
	e.RequestContext.RequestTimeEpoch, e.Body = s.Now.UnixMilli(), body
	return e
}

// Counted is the store, and counts what is read and written of connections and names.
type Counted struct {
	*directorytest.Memory
	mu            sync.Mutex
	reads, writes float64
}

func (c *Counted) count(reads, writes float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads += reads
	c.writes += writes
}

func (c *Counted) read(consistent bool) {
	if consistent {
		c.count(1, 0)
		return
	}
	c.count(0.5, 0)
}

// TakeUnits returns the read and write units since it was last asked.
func (c *Counted) TakeUnits() (reads, writes float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	reads, writes = c.reads, c.writes
	c.reads, c.writes = 0, 0
	return reads, writes
}

// Connection implements signaling.ConnectionStore.
func (c *Counted) Connection(ctx context.Context, id signaling.ConnID, consistent bool) (signaling.Connection, error) {
	c.read(consistent)
	return c.Memory.Connection(ctx, id, consistent)
}

// SetState implements signaling.ConnectionStore.
func (c *Counted) SetState(ctx context.Context, id signaling.ConnID, was, state string) error {
	c.count(0, 1)
	return c.Memory.SetState(ctx, id, was, state)
}

// Entries implements directory.Store.
func (c *Counted) Entries(
	ctx context.Context, name directory.Name, now time.Time, consistent bool,
) ([]directory.Entry, error) {
	c.read(consistent)
	return c.Memory.Entries(ctx, name, now, consistent)
}

// AddEntry implements directory.Store.
func (c *Counted) AddEntry(
	ctx context.Context, name directory.Name, e directory.Entry, t directory.Terms, gone []signaling.ConnID, now time.Time,
) (directory.Listed, error) {
	c.count(0.5, 1)
	return c.Memory.AddEntry(ctx, name, e, t, gone, now)
}

// RemoveEntry implements directory.Store.
func (c *Counted) RemoveEntry(
	ctx context.Context, name directory.Name, conn signaling.ConnID, last, now time.Time,
) (int64, error) {
	c.count(0.5, 1)
	return c.Memory.RemoveEntry(ctx, name, conn, last, now)
}

// NoteName implements directory.Store.
func (c *Counted) NoteName(
	ctx context.Context, conn signaling.ConnID, speaks string, name directory.Name, most int, rev int64,
) ([]directory.Name, error) {
	c.count(0, 1)
	return c.Memory.NoteName(ctx, conn, speaks, name, most, rev)
}

// DropName implements directory.Store.
func (c *Counted) DropName(ctx context.Context, conn signaling.ConnID, name directory.Name, rev int64) error {
	c.count(0, 1)
	return c.Memory.DropName(ctx, conn, name, rev)
}
