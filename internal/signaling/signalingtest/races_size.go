package signalingtest

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// half is data of which a roster takes one, and not two.
var half = append(append([]byte{'"'}, bytes.Repeat([]byte{'x'}, signaling.MaxRoster*6/10)...), '"')

// fitting demands that everybody is shown the room, and what is in it of each.
func (s *Stage) fitting(want map[signaling.PeerName]int) {
	s.t.Helper()
	room, err := s.Store.Room(s.t.Context(), s.Room, s.Now, true)
	must(s.t, err)
	for _, p := range room.Peers {
		if len(p.Data) != want[p.Name] {
			s.t.Errorf("%s has %d bytes, want %d", p.Name, len(p.Data), want[p.Name])
		}
		s.MustDo(string(p.Name), signaling.ListRoster{Room: s.Room})
	}
}

func (s *Stage) wantTooLarge(err error) {
	s.t.Helper()
	if err == nil || signaling.Describe(err).Code != signaling.CodeTooLarge {
		s.t.Errorf("got %v, want too-large", err)
	}
}

func twoUpdates(t *testing.T, s *Stage) {
	s.Service.Limits.PeerData = 0
	s.Join("alice", "bob")
	s.MustDo("bob", signaling.Update{Room: s.Room, Data: []byte("12")})
	s.Store.BeforeSetData = func() { s.MustDo("alice", signaling.Update{Room: s.Room, Data: half}) }
	s.Told()
	s.wantTooLarge(s.Do("bob", signaling.Update{Room: s.Room, Data: half}))
	for _, line := range s.Told() {
		if strings.HasPrefix(line, "alice: ") {
			t.Errorf("she is told what did not happen: %.60s", line)
		}
	}
	s.fitting(map[signaling.PeerName]int{"alice": len(half), "bob": 2})
}

func updateBeforeUpdate(t *testing.T, s *Stage) {
	s.Service.Limits.PeerData = 0
	s.Join("alice", "bob")
	s.Store.BeforeSetData = func() {
		s.MustDo("alice", signaling.Update{Room: s.Room, Data: half})
		s.MustDo("bob", signaling.Update{Room: s.Room, Data: []byte("123")})
	}
	s.wantTooLarge(s.Do("bob", signaling.Update{Room: s.Room, Data: half}))
	s.fitting(map[signaling.PeerName]int{"alice": len(half), "bob": 3}) // what was carried out
}

func lessInAnOvergrownRoom(t *testing.T, s *Stage) {
	s.Service.Limits.PeerData, s.Service.Grace = 0, time.Minute
	s.Join("alice", "bob", "carol")
	for _, name := range []signaling.PeerName{"alice", "bob"} { // as a process may leave it that ends in the midst of an update
		_, err := s.Store.Store.SetData(t.Context(), s.Room, name, s.Conn(string(name)), half, nil, s.Now)
		must(t, err)
	}
	s.MustDo("alice", signaling.Update{Room: s.Room, Data: half[:len(half)-2]})
	s.wantTooLarge(s.Do("carol", signaling.Update{Room: s.Room, Data: []byte("1")}))
	s.Connect("newer")
	c := s.Resumes("bob")
	c.Data = half // as it has been all the time
	s.MustDo("newer", c)
	room, err := s.Store.Room(t.Context(), s.Room, s.Now, true)
	must(t, err)
	if p, _ := room.Named("bob"); p.Conn != s.Conn("newer") {
		t.Errorf("bob's call ended for what the room had already")
	}
}

func updateInsideResume(t *testing.T, s *Stage) {
	s.Service.Grace = time.Minute
	s.Service.Limits.PeerData = 0
	s.Join("alice", "bob")
	s.Connect("newer")
	s.Store.BeforeResume = func() { s.MustDo("alice", signaling.Update{Room: s.Room, Data: half}) }
	c := s.Resumes("bob")
	c.Data = half
	s.wantTooLarge(s.Do("newer", c))
	s.fitting(map[signaling.PeerName]int{"alice": len(half)}) // bob has his seat on the connection that he had
}

func seatFreedInsideJoin(t *testing.T, s *Stage) {
	s.Service.NeedRights = true
	rights := &signaling.Rights{User: "a", Peer: "alice", Rooms: []string{"*"}, Expires: s.Now.Add(time.Hour)}
	s.Rights = map[string]*signaling.Rights{"alice": rights, "newer": rights}
	s.Join("alice")
	s.Connect("newer")
	s.Store.BeforeResume = func() { s.Disconnect("alice") } // as of a page that is loaded anew
	s.MustDo("newer", join(s, "alice"))
	room, err := s.Store.Room(t.Context(), s.Room, s.Now, true)
	must(t, err)
	if p, _ := room.Named("alice"); p.Conn != s.Conn("newer") {
		t.Errorf("the seat is on %s, want it on the newer connection", p.Conn)
	}
}
