package socketio_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/admission"
	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/dialect/socketio/socketiotest"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/directory/directorytest"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// lab is an application half that does what a test says.
type lab struct {
	admit     func(ctx context.Context, s server.Socket) error
	connected func(ctx context.Context, s server.Socket) error
	event     func(ctx context.Context, s server.Socket, e server.Event) error
	answered  func(ctx context.Context, s server.Socket, ask int, args []json.RawMessage) error
	left      func(ctx context.Context, s server.Socket, room string) error
	ended     func(ctx context.Context, s server.Socket) error
	needs     server.Needs
}

func (l *lab) Admit(ctx context.Context, s server.Socket) error {
	if l.admit == nil {
		return nil
	}
	return l.admit(ctx, s)
}

func (l *lab) Connected(ctx context.Context, s server.Socket) error {
	if l.connected == nil {
		return nil
	}
	return l.connected(ctx, s)
}

func (l *lab) Event(ctx context.Context, s server.Socket, e server.Event) error {
	if l.event == nil {
		return nil
	}
	return l.event(ctx, s, e)
}

func (l *lab) Answered(ctx context.Context, s server.Socket, ask int, args []json.RawMessage) error {
	if l.answered == nil {
		return nil
	}
	return l.answered(ctx, s, ask, args)
}

func (l *lab) Left(ctx context.Context, s server.Socket, room string) error {
	if l.left == nil {
		return nil
	}
	return l.left(ctx, s, room)
}

func (l *lab) Disconnected(ctx context.Context, s server.Socket) error {
	if l.ended == nil {
		return nil
	}
	return l.ended(ctx, s)
}

func (l *lab) Needs() server.Needs { return l.needs }

// process is one of several that handle events, with a memory of its own.
type process struct{ *gateway.Handler }

// stage is the service with Socket.IO behind it, in as many processes as a test wants.
type stage struct {
	*signalingtest.Recorder
	t     *testing.T
	lab   *lab
	store *directorytest.Memory
	kept  *socketiotest.Memory
	reads *reads
	log   *syncBuilder
	now   time.Time
	since map[string]time.Time // when each connection opened
	here  process
	ids   map[string]string // socket.io's of each client, by namespace
	pids  map[string]string
}

type syncBuilder struct {
	mu sync.Mutex
	strings.Builder
}

func (b *syncBuilder) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Builder.Write(p)
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{
		Recorder: &signalingtest.Recorder{}, t: t, lab: &lab{}, store: directorytest.NewMemory(), kept: socketiotest.NewMemory(),
		log: &syncBuilder{}, now: time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC),
		ids: map[string]string{}, pids: map[string]string{}, since: map[string]time.Time{},
	}
	s.reads = &reads{Memory: s.store}
	s.here = s.newProcess()
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.log.String())
		}
	})
	return s
}

func (s *stage) newProcess() process {
	sealer, err := seal.New(make([]byte, seal.KeySize))
	if err != nil {
		s.t.Fatal(err)
	}
	d := socketio.New()
	d.Store, d.Items, d.Sealer = s.kept, s.store, sealer
	d.Apps = func(namespace, recipe string) (server.App, error) {
		switch {
		case namespace == "/nope":
			return nil, server.ErrNoNamespace
		case recipe != "lab":
			return nil, errors.New("the recipe that the client asked for is forgotten")
		}
		return s.lab, nil
	}
	service := &signaling.Service{Store: s.reads, Pusher: s}
	return process{&gateway.Handler{
		Service: service, Admission: &admission.Gate{}, Opener: s,
		Dialects: gateway.Dialects{&native.Dialect{Service: service}, d},
		Log:      slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
		House: &dialect.House{
			Connections: s.reads, Pusher: s, Gate: service,
			Directory: &directory.Directory{Store: s.reads, Pusher: s},
		},
	}}
}

// InvokeLater implements gateway.Opener.
func (s *stage) InvokeLater(context.Context, []byte) error { return nil }

func (s *stage) event(conn, route, body string) gateway.Event {
	s.now = s.now.Add(time.Millisecond)
	var e gateway.Event
	e.RequestContext.RouteKey, e.RequestContext.ConnectionID = route, conn
	e.RequestContext.RequestTimeEpoch, e.Body = s.now.UnixMilli(), body
	if _, open := s.since[conn]; !open {
		s.since[conn] = s.now
	}
	e.RequestContext.ConnectedAt = s.since[conn].UnixMilli()
	return e
}

const v4, v3 = "EIO=4&transport=websocket&recipe=lab", "EIO=3&transport=websocket&recipe=lab"

// open opens a connection, and has the server speak.
func (s *stage) open(conn, query string) {
	s.t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		s.t.Fatal(err)
	}
	e := s.event(conn, "$connect", "")
	e.MultiValueQueryStringParameters = values
	e.QueryStringParameters = map[string]string{}
	for k, v := range values {
		e.QueryStringParameters[k] = v[len(v)-1]
	}
	if resp, err := s.here.Connect(s.t.Context(), e); err != nil || resp.StatusCode != 200 {
		s.t.Fatalf("%s connects: %d, %v", conn, resp.StatusCode, err)
	}
	if _, err := s.here.Message(s.t.Context(), s.event(conn, "$opened", "")); err != nil {
		s.t.Fatal(err)
	}
}

// send has a frame handled by the process that is here.
func (s *stage) send(conn, frame string) {
	s.t.Helper()
	s.sendTo(s.here, conn, frame)
}

func (s *stage) sendTo(p process, conn, frame string) {
	s.t.Helper()
	if _, err := p.Message(s.t.Context(), s.event(conn, "$default", frame)); err != nil {
		s.t.Fatal(err)
	}
}

// join connects clients of Engine.IO 4 to the namespace / and takes note of their ids.
func (s *stage) join(conns ...string) {
	s.t.Helper()
	for _, conn := range conns {
		s.open(conn, v4)
		s.connect(conn, "40")
	}
	s.Take()
	s.reads.take()
}

// connect sends a CONNECT, and takes note of what the answer says.
func (s *stage) connect(conn, frame string) {
	s.t.Helper()
	s.Take()
	s.send(conn, frame)
	for _, f := range s.heard(conn) {
		var accepted struct{ Sid, Pid string }
		i := strings.IndexByte(f, '{')
		if strings.HasPrefix(f, "40") && i > 0 && json.Unmarshal([]byte(f[i:]), &accepted) == nil {
			s.ids[conn], s.pids[conn] = accepted.Sid, accepted.Pid
			return
		}
	}
	s.t.Fatalf("%s is not connected", conn)
}

// ends has a $disconnect handled, in the background: a lost client is waited for.
func (s *stage) ends(conn string, code int64, reason string) {
	s.t.Helper()
	s.ending(conn, code, reason)
	synctest.Wait()
}

// ending is ends for what happens within something else.
func (s *stage) ending(conn string, code int64, reason string) {
	s.Cut(signaling.ConnID(conn))
	e := s.event(conn, "$disconnect", "")
	e.RequestContext.DisconnectStatusCode = code
	e.RequestContext.DisconnectReason = reason
	p := s.here
	go func() {
		if resp, err := p.Disconnect(s.t.Context(), e); err != nil || resp.StatusCode != 200 {
			s.t.Errorf("%s disconnects: %d, %v", conn, resp.StatusCode, err)
		}
	}()
}

// heard returns what a connection was sent since that was last asked of anybody.
func (s *stage) heard(conn string) []string {
	var frames []string
	for _, p := range s.Take() {
		if string(p.To) == conn {
			frames = append(frames, string(p.Frame))
		}
	}
	return frames
}

// wants fails unless exactly that was sent, each "conn frame": to each connection in that order. Ids
// stand as <conn>.
func (s *stage) wants(want ...string) {
	s.t.Helper()
	var got []string
	for _, p := range s.Take() {
		text := string(p.To) + " " + string(p.Frame)
		for conn, id := range s.ids {
			text = strings.ReplaceAll(text, id, "<"+conn+">")
		}
		for conn, pid := range s.pids {
			if pid != "" {
				text = strings.ReplaceAll(text, pid, "<pid of "+conn+">")
			}
		}
		got = append(got, text)
	}
	byConn := func(a, b string) int {
		a, _, _ = strings.Cut(a, " ")
		b, _, _ = strings.Cut(b, " ")
		return strings.Compare(a, b)
	}
	slices.SortStableFunc(got, byConn)
	slices.SortStableFunc(want, byConn)
	if !slices.Equal(got, want) {
		s.t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func args(values ...string) []json.RawMessage {
	raw := make([]json.RawMessage, len(values))
	for i, v := range values {
		raw[i] = json.RawMessage(v)
	}
	return raw
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }

// text is a string argument.
func text(arg json.RawMessage) (s string) {
	_ = json.Unmarshal(arg, &s)
	return s
}

// passes lets time pass, which is the bubble's, and what was waiting for it go on.
func passes(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func inBubble(t *testing.T, play func(t *testing.T, s *stage)) {
	synctest.Test(t, func(t *testing.T) {
		play(t, newStage(t))
		passes(time.Minute) // nobody is waited for any more
	})
}

// room is an App's event half: join R, leave R, to T event …, mine …
func (s *stage) serveRooms() {
	s.lab.event = func(ctx context.Context, sock server.Socket, e server.Event) error {
		switch e.Name {
		case "join":
			members, err := sock.Join(ctx, text(e.Args[0]), 0)
			if err != nil {
				return err
			}
			ids := make([]string, len(members))
			for i, m := range members {
				ids[i] = m.ID
			}
			raw, err := json.Marshal(ids)
			if err != nil {
				return err
			}
			if err := sock.Ack(ctx, []json.RawMessage{raw}, nil); err != nil {
				return err
			}
			return sock.Emit(ctx, server.Target{Kind: server.Others, To: text(e.Args[0])},
				server.Event{Name: "joined", Args: args(quoted(sock.ID()))})
		case "leave":
			was, err := sock.Leave(ctx, text(e.Args[0]))
			if err != nil {
				return err
			}
			return sock.Ack(ctx, args(fmt.Sprint(was)), nil)
		case "to":
			return sock.Emit(ctx, server.Target{Kind: server.One, To: text(e.Args[0])},
				server.Event{Name: text(e.Args[1]), Args: e.Args[2:], Attachments: e.Attachments})
		case "mine":
			return sock.Emit(ctx, server.Target{Kind: server.Mine}, server.Event{Name: "said", Args: e.Args})
		case "set":
			return sock.SetData(ctx, map[string]json.RawMessage{"k": e.Args[0]})
		case "name":
			return sock.SetName(ctx, text(e.Args[0]), len(e.Args) > 1)
		case "who":
			members, err := sock.Members(ctx, text(e.Args[0]))
			if err != nil {
				return err
			}
			raw, err := json.Marshal(members)
			if err != nil {
				return err
			}
			return sock.Ack(ctx, []json.RawMessage{raw}, nil)
		}
		return nil
	}
	s.lab.left = func(ctx context.Context, sock server.Socket, room string) error {
		return sock.Emit(ctx, server.Target{Kind: server.Others, To: room},
			server.Event{Name: "left", Args: args(quoted(sock.ID()), quoted(room))})
	}
}
