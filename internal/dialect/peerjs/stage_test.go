package peerjs_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/admission"
	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/dialect/peerjs"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/directory/directorytest"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// stage is the gateway with PeerJS behind it, at an @connections with weather.
type stage struct {
	*gateway.Handler
	*signalingtest.Recorder
	t     *testing.T
	store *directorytest.Memory
	log   strings.Builder
	now   time.Time

	mu          sync.Mutex
	gone, fails int // so many requests to @connections answer 410, or fail, from now on
}

func newStage(t *testing.T, keyIsToken bool) *stage {
	t.Helper()
	s := &stage{
		Recorder: &signalingtest.Recorder{}, t: t, store: directorytest.NewMemory(),
		now: time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC),
	}
	service := &signaling.Service{Store: s.store, Pusher: s, NeedRights: keyIsToken}
	s.Handler = &gateway.Handler{
		Service: service, Admission: &admission.Gate{}, Opener: s,
		Dialects: gateway.Dialects{&native.Dialect{Service: service}, peerjs.New("peerjs", keyIsToken)},
		Log:      slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
		House: &dialect.House{
			Connections: s.store, Pusher: s, NeedRights: keyIsToken, Gate: service,
			Directory: &directory.Directory{Store: s.store, Pusher: s},
		},
	}
	return s
}

// stale is a store whose eventually consistent reads show no connection as listed.
type stale struct{ signaling.ConnectionStore }

func (s stale) Connection(ctx context.Context, conn signaling.ConnID, consistent bool) (signaling.Connection, error) {
	c, err := s.ConnectionStore.Connection(ctx, conn, consistent)
	if !consistent {
		c.Names = nil
	}
	return c, err
}

// elsewhere has what comes now handled by another process.
func (s *stage) elsewhere() {
	s.House = &dialect.House{
		Connections: stale{s.store}, Pusher: s, NeedRights: s.House.NeedRights, Gate: s.Service,
		Directory: s.House.Directory, Hold: s.House.Hold,
	}
}

// InvokeLater implements gateway.Opener.
func (s *stage) InvokeLater(context.Context, []byte) error { return nil }

// Push implements signaling.Pusher.
func (s *stage) Push(ctx context.Context, to signaling.ConnID, frame []byte) error {
	if err := s.weather(); err != nil {
		return err
	}
	return s.Recorder.Push(ctx, to, frame)
}

// Probe implements signaling.Pusher.
func (s *stage) Probe(ctx context.Context, conn signaling.ConnID) error {
	if err := s.weather(); err != nil {
		return err
	}
	return s.Recorder.Probe(ctx, conn)
}

func (s *stage) weather() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.gone > 0:
		s.gone--
		return signaling.ErrGone
	case s.fails > 0:
		s.fails--
		return signalingtest.ErrFault
	}
	return nil
}

func (s *stage) event(conn, route, body string) gateway.Event {
	s.now = s.now.Add(time.Millisecond)
	var e gateway.Event
	e.RequestContext.RouteKey, e.RequestContext.ConnectionID = route, conn
	e.RequestContext.RequestTimeEpoch, e.Body = s.now.UnixMilli(), body
	return e
}

// connect returns the event by which the client is to be greeted.
func (s *stage) connect(conn, query string) (opener gateway.Event) {
	s.t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		s.t.Fatal(err)
	}
	e := s.event(conn, "$connect", "")
	e.MultiValueQueryStringParameters = values
	resp, err := s.Connect(s.t.Context(), e)
	if err != nil || resp.StatusCode != 200 {
		s.t.Fatalf("%s connects: %v, %v", conn, resp, err)
	}
	e.RequestContext.RouteKey = "$opened"
	return e
}

func as(id, token string) string {
	return fmt.Sprintf("key=peerjs&id=%s&token=%s&version=1.5.5", id, token)
}

// open connects a client and greets it.
func (s *stage) open(conn, id string) {
	s.t.Helper()
	s.handle(s.connect(conn, as(id, conn)))
	s.wantTold(conn + ` {"type":"OPEN"}`)
}

func (s *stage) handle(e gateway.Event) {
	s.t.Helper()
	if resp, err := s.Message(s.t.Context(), e); err != nil || resp.StatusCode != 200 {
		s.t.Errorf("%v, %v", resp, err)
	}
}

func (s *stage) says(conn, frame string) {
	s.t.Helper()
	s.handle(s.event(conn, "$default", frame))
}

func (s *stage) wantTold(want ...string) {
	s.t.Helper()
	var got []string
	for _, p := range s.Take() {
		got = append(got, string(p.To)+" "+string(p.Frame))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("told\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func (s *stage) wantListed(id string, want ...signaling.ConnID) {
	s.t.Helper()
	entries, err := s.store.Entries(s.t.Context(), directory.Name{Space: peerjs.Name, Name: id}, s.now, true)
	if err != nil {
		s.t.Fatal(err)
	}
	var got []signaling.ConnID
	for _, e := range entries {
		got = append(got, e.Conn)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("%s is listed on %v, want %v", id, got, want)
	}
}

// wantQuiet fails the test if there is a warning or an error in the log.
func (s *stage) wantQuiet() {
	s.t.Helper()
	if s.log.Len() > 0 {
		s.t.Errorf("the log has\n%s", s.log.String())
	}
}
