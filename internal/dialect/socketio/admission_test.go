package socketio_test

import (
	"context"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// guarded has connections need rights, which the token "good" gives for rooms that begin with r, and
// as ada.
func (s *stage) guarded() {
	s.here.House.NeedRights, s.here.Service.NeedRights = true, true
	s.here.House.Admit = func(_ context.Context, h signaling.Handshake) (*signaling.Rights, error) {
		if len(h.Tokens) != 1 || h.Tokens[0] != "good" {
			return nil, signaling.Errorf(signaling.CodeUnauthorized, "not authorized: the token is not ours")
		}
		return &signaling.Rights{User: "ada", Peer: "ada", Rooms: []string{"r*"}, Expires: s.now.Add(time.Hour)}, nil
	}
}

func TestATokenMayComeWithTheCONNECT(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.guarded()
		s.open("alice", v4)
		s.Take()
		s.send("alice", "40")
		s.wants(`alice 44{"message":"not authorized: bring a token, io(url, { auth: { token } }) or ?token=",` +
			`"data":{"code":"unauthorized","retry":false}}`)
		s.send("alice", `40{"token":"bad"}`)
		s.wants(`alice 44{"message":"not authorized: the token is not ours","data":{"code":"unauthorized","retry":false}}`)
		if s.Closed("alice") {
			t.Fatal("her connection was closed")
		}
		s.connect("alice", `40{"token":"good","room":"r1"}`)
		s.send("alice", `420["join","r1"]`)
		s.wants(`alice 430[["<alice>"]]`)
		for _, frame := range []string{`421["join","secret"]`, `422["name","bob"]`} {
			s.send("alice", frame)
			s.wants()
		}
		s.send("alice", "40/other,") // the connection has shown one
		if heard := s.heard("alice"); len(heard) != 1 || heard[0][:4] != "40/o" {
			t.Errorf("got %q", heard)
		}
	})
}

func TestWhoHasNotShownATokenCanDoNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("bob")
		s.guarded()
		s.open("alice", v4)
		s.Take()
		s.send("alice", `42["to",`+quoted(s.ids["bob"])+`,"hi"]`)
		s.wants()
		if !s.Closed("alice") || s.Closed("bob") {
			t.Error("she is not closed, or he is")
		}
	})
}

func TestATokenIsAskedForAgainByWhoComesBack(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.guarded()
		s.open("alice", v4)
		s.connect("alice", `40{"token":"good"}`)
		s.ends("alice", 1006, "")
		s.open("again", v4)
		s.Take()
		s.send("again", `40{"pid":`+quoted(s.pids["alice"])+`,"token":"bad"}`)
		if heard := s.heard("again"); len(heard) != 1 || heard[0][:2] != "44" {
			t.Errorf("got %q", heard)
		}
		s.send("again", `40{"pid":`+quoted(s.pids["alice"])+`,"token":"good"}`)
		s.wants(`again 40{"sid":"<alice>","pid":"<pid of alice>"}`)
	})
}
