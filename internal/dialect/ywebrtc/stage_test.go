package ywebrtc_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/dialect/ywebrtc"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/directory/directorytest"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// stage is the dialect with its surroundings. A client's connection is named like the client.
type stage struct {
	*signalingtest.Recorder
	dialect ywebrtc.Dialect
	house   *dialect.House
	memory  *directorytest.Memory
	now     time.Time
	t       *testing.T
}

func newStage(t *testing.T) *stage {
	memory, recorder := directorytest.NewMemory(), &signalingtest.Recorder{}
	return &stage{
		Recorder: recorder, memory: memory, now: time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC), t: t,
		house: &dialect.House{
			Connections: memory, Pusher: recorder, Gate: &signaling.Service{},
			Directory: &directory.Directory{Store: memory, Pusher: recorder},
		},
	}
}

// connect opens connections, with rights where there are any.
func (s *stage) connect(rights *signaling.Rights, clients ...string) {
	s.t.Helper()
	for _, c := range clients {
		conn := signaling.Connection{ID: signaling.ConnID(c), Opened: s.now, Rights: rights}
		if err := s.memory.Connect(context.Background(), conn); err != nil {
			s.t.Fatal(err)
		}
	}
}

// send has a frame carried out, and returns what it was refused for and what the log is told.
func (s *stage) send(client, format string, args ...any) (*dialect.Conn, error) {
	c := &dialect.Conn{House: s.house, ID: signaling.ConnID(client), Time: s.now}
	return c, s.dialect.Message(context.Background(), c, fmt.Appendf(nil, format, args...))
}

// does is send of what has to be carried out.
func (s *stage) does(client, format string, args ...any) *dialect.Conn {
	s.t.Helper()
	c, err := s.send(client, format, args...)
	if err != nil || c.Aside != nil {
		s.t.Errorf("%s: %.80s: %v, beside it %v", client, format, err, c.Aside)
	}
	return c
}

// refused sends a frame that has to be refused with that code, of which nobody hears.
func (s *stage) refused(code signaling.Code, client, format string, args ...any) {
	s.t.Helper()
	_, err := s.send(client, format, args...)
	if plain, ok := err.(*signaling.Error); !ok || plain.Code != code { //nolint:errorlint // it tells whether there is more for the log
		s.t.Errorf("%s: %.80s: got %v, want just %s", client, format, err, code)
	}
	if heard := s.Take(); len(heard) > 0 {
		s.t.Errorf("%s: %.80s: was heard: %s", client, format, heard)
	}
}

// listed are the subscribers of a topic.
func (s *stage) listed(topic string) string {
	s.t.Helper()
	list, err := s.house.Directory.Find(context.Background(), directory.Name{Space: "y-webrtc", Name: topic}, s.now, true)
	if err != nil {
		s.t.Fatal(err)
	}
	var conns []string
	for _, e := range list {
		conns = append(conns, string(e.Conn))
	}
	return strings.Join(conns, " ")
}

// heard returns what was sent to whom.
func (s *stage) heard() string {
	var lines []string
	for _, p := range s.Take() {
		lines = append(lines, fmt.Sprintf("%s < %s", p.To, p.Frame))
	}
	return strings.Join(lines, "\n")
}
