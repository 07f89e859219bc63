package signalingtest

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Stage is a Service with its surroundings, on which tests let clients act. A client's connection is named like the
// client; its name in rooms is the test's business.
type Stage struct {
	*Recorder
	Service *signaling.Service
	Store   *Hooked
	Room    signaling.RoomID // a room of the stage's own
	Now     time.Time
	Rights  map[string]*signaling.Rights // that clients connect with
	resumes map[string]string            // the last resume string that each client was given
	passes  map[string]string            // the last pass, likewise
	t       *testing.T
	suffix  string
}

// NewStage returns a Stage over a store.
func NewStage(t *testing.T, store signaling.Store) *Stage {
	t.Helper()
	sealer, err := seal.New(bytes.Repeat([]byte{7}, seal.KeySize))
	must(t, err)
	s := &Stage{
		Recorder: &Recorder{}, Store: &Hooked{Store: store}, Room: signaling.RoomID(fresh("room")),
		Now: epoch, resumes: map[string]string{}, passes: map[string]string{}, t: t, suffix: fresh(""),
	}
	s.Service = &signaling.Service{
		Store: s.Store, Pusher: s.Recorder, Encoder: Text{}, Sealer: sealer, Seats: 16, Limits: signaling.Limits{PeerData: 4 << 10},
	}
	return s
}

// Conn is the connection of a client.
func (s *Stage) Conn(client string) signaling.ConnID { return signaling.ConnID(client + s.suffix) }

// From is where a command of the client comes from, now.
func (s *Stage) From(client string) signaling.Origin {
	return signaling.Origin{Conn: s.Conn(client), Dialect: "text", Time: s.Now}
}

// Connect opens connections.
func (s *Stage) Connect(clients ...string) {
	s.t.Helper()
	for _, c := range clients {
		must(s.t, s.Service.Connect(context.Background(), s.From(c), s.Rights[c], ""))
	}
}

// Join connects clients and lets each join the room under its own name, one after the other; what they are told is taken.
func (s *Stage) Join(clients ...string) {
	s.t.Helper()
	s.Connect(clients...)
	for _, c := range clients {
		must(s.t, s.Do(c, signaling.Join{Room: s.Room, Peer: signaling.PeerName(c)}))
	}
	s.Told()
}

// Do carries out a command of a client. What went wrong beside it is an Aside.
func (s *Stage) Do(client string, cmd signaling.Command) error {
	return s.Through(context.Background(), s.Service, client, cmd)
}

// MustDo is Do of what has to be carried out.
func (s *Stage) MustDo(client string, cmd signaling.Command) {
	s.t.Helper()
	must(s.t, s.Do(client, cmd))
}

// Through is Do by another instance of the service, or with a deadline.
func (s *Stage) Through(ctx context.Context, service *signaling.Service, client string, cmd signaling.Command) error {
	refused, aside := service.Do(ctx, s.From(client), cmd)
	if refused != nil || aside == nil {
		return refused
	}
	return &Aside{aside}
}

// Aside is what went wrong beside a command that was carried out.
type Aside struct{ Err error }

func (e *Aside) Error() string { return "afterwards: " + e.Err.Error() }

// Resumes is a join with the last resume string that a client was given, as far as it was told of what it was.
func (s *Stage) Resumes(client string) signaling.Join {
	return signaling.Join{Room: s.Room, Resume: s.resumes[client]}
}

// Passes is a join with the last pass that a client was given, likewise.
func (s *Stage) Passes(client string) signaling.Join {
	return signaling.Join{Room: s.Room, Pass: s.passes[client]}
}

// Disconnect runs $disconnect for a client.
func (s *Stage) Disconnect(client string) {
	s.t.Helper()
	_, err := s.Service.Disconnect(context.Background(), s.From(client))
	must(s.t, err)
}

// Told returns what was pushed since it was last asked, as lines "client: frame", sorted by client.
func (s *Stage) Told() []string {
	pushes := s.Take()
	slices.SortStableFunc(pushes, func(a, b Push) int { return strings.Compare(string(a.To), string(b.To)) })
	lines := make([]string, len(pushes))
	for i, p := range pushes {
		client := strings.TrimSuffix(string(p.To), s.suffix)
		frame, resume, given := strings.Cut(string(p.Frame), resumeMark)
		if given {
			s.resumes[client] = resume
		}
		frame, pass, given := strings.Cut(frame, passMark)
		if given {
			s.passes[client] = pass
		}
		lines[i] = client + ": " + strings.ReplaceAll(frame, string(s.Room), "the-room")
	}
	return lines
}

// WantTold fails the test unless exactly these lines were pushed since it was last asked.
func (s *Stage) WantTold(want ...string) {
	s.t.Helper()
	if got := s.Told(); !slices.Equal(got, want) {
		s.t.Fatalf("told\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// WantRoom fails the test unless the stored room has exactly these peers, in join order.
func (s *Stage) WantRoom(want ...string) {
	s.t.Helper()
	room, err := s.Store.Room(context.Background(), s.Room, s.Now, true)
	must(s.t, err)
	if got := names(room); got != "["+strings.Join(want, " ")+"]" {
		s.t.Fatalf("the room has %s, want %v", got, want)
	}
}
