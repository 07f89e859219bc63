package ywebrtc_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
)

func TestWhatIsRefusedIsToldToTheLogAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.connect(nil, "ada", "bob")
		s.does("bob", `{"type":"subscribe","topics":["notes"]}`)
		var many []string
		for i := range 101 {
			many = append(many, fmt.Sprintf("%q", fmt.Sprint("topic ", i)))
		}
		for frame, code := range map[string]signaling.Code{
			`{"type":"publish"`:                           signaling.CodeBadJSON,
			`["publish"]`:                                 signaling.CodeBadJSON,
			`{"type":"announce"}`:                         signaling.CodeUnknownAction,
			`{"topics":["notes"]}`:                        signaling.CodeUnknownAction,
			`{"type":"subscribe"}`:                        signaling.CodeBadRequest,
			`{"type":"publish","data":1}`:                 signaling.CodeBadRequest,
			`{"type":"publish","topic":"notes","data":1}`: signaling.CodeNotInRoom,
			`{"type":"publish","topic":"` + strings.Repeat("x", 513) + `","data":1}`:       signaling.CodeBadRequest,
			`{"type":"subscribe","topics":["` + strings.Repeat("x", 513) + `","letters"]}`: signaling.CodeBadRequest,
			`{"type":"subscribe","topics":[` + strings.Join(many, ",") + `]}`:              signaling.CodeRateLimited,
		} {
			s.refused(code, "ada", "%s", frame)
		}
	})
}

func TestTheLogIsToldWhatWasAskedFor(t *testing.T) {
	s := newStage(t)
	s.connect(nil, "ada", "bob")
	for _, step := range []struct {
		frame string
		want  dialect.Outcome
	}{
		{`{"type":"subscribe","topics":["notes"]}`, dialect.Outcome{Action: "subscribe", Room: "y-webrtc/notes", Joined: true}},
		{`{"type":"subscribe","topics":["notes"]}`, dialect.Outcome{Action: "subscribe", Room: "y-webrtc/notes"}},
		{`{"type":"publish","topic":"notes","data":1}`, dialect.Outcome{Action: "publish", Room: "y-webrtc/notes"}},
		{`{"type":"unsubscribe","topics":["notes"]}`, dialect.Outcome{Action: "unsubscribe", Room: "y-webrtc/notes"}},
		{`{"type":"ping"}`, dialect.Outcome{Action: "ping"}},
	} {
		if got := s.does("ada", "%s", step.frame).Outcome; got != step.want {
			t.Errorf("%s: got %+v, want %+v", step.frame, got, step.want)
		}
	}
	s.does("ada", `{"type":"subscribe","topics":["notes"]}`)
	s.does("bob", `{"type":"subscribe","topics":["notes"]}`)
	if c := s.does("bob", `{"type":"publish","topic":"notes","data":1}`); c.Relays != 1 {
		t.Errorf("got %d relays", c.Relays)
	}
}

func TestATokenSaysWhichTopics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.house.NeedRights = true
		s.connect(&signaling.Rights{Rooms: []string{"team-*", "notes"}, Expires: s.now.Add(time.Hour)}, "ada", "bob")
		s.connect(nil, "eve")
		s.does("bob", `{"type":"subscribe","topics":["notes","team-1"]}`)
		s.refused(signaling.CodeForbidden, "ada", `{"type":"subscribe","topics":["notes","team-1","letters"]}`)
		s.refused(signaling.CodeUnauthorized, "eve", `{"type":"subscribe","topics":["notes"]}`)
		s.refused(signaling.CodeNotInRoom, "eve", `{"type":"publish","topic":"notes","data":1}`)
		for topic, want := range map[string]string{"notes": "bob ada", "team-1": "bob ada", "letters": ""} {
			if got := s.listed(topic); !sameWords(got, want) {
				t.Errorf("%s: got %s, want %s", topic, got, want)
			}
		}
		s.now = s.now.Add(time.Hour + signaling.Skew + time.Second)
		s.refused(signaling.CodeUnauthorized, "ada", `{"type":"subscribe","topics":["team-2"]}`)
		s.does("ada", `{"type":"publish","topic":"notes","data":1}`) // what has begun goes on
		if got := s.heard(); got != `bob < {"type":"publish","topic":"notes","data":1}` {
			t.Errorf("got %s", got)
		}
	})
}

func sameWords(a, b string) bool {
	count := map[string]int{}
	for _, w := range strings.Fields(a) {
		count[w]++
	}
	for _, w := range strings.Fields(b) {
		count[w]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestATopicTakesSoMany(t *testing.T) {
	s := newStage(t)
	for i := range 128 {
		client := fmt.Sprint("client-", i)
		s.connect(nil, client)
		s.does(client, `{"type":"subscribe","topics":["notes"]}`)
		s.now = s.now.Add(time.Second)
	}
	s.connect(nil, "late")
	s.refused(signaling.CodeRoomFull, "late", `{"type":"subscribe","topics":["notes"]}`)
	s.does("client-7", `{"type":"subscribe","topics":["notes"]}`) // is there
	s.does("client-7", `{"type":"publish","topic":"notes","data":1}`)
	if n := len(s.Take()); n != 127 {
		t.Errorf("%d were told, want the 127 others", n)
	}
	s.Cut("client-3")
	s.does("late", `{"type":"subscribe","topics":["notes"]}`)
	if got := " " + s.listed("notes") + " "; !strings.Contains(got, " late ") || strings.Contains(got, " client-3 ") {
		t.Errorf("got %s, want late in the place of client-3", got)
	}
}

// React's strict mode mounts, unmounts and mounts again at once.
func TestFramesOfOneMomentLeaveAPageSubscribed(t *testing.T) {
	const sub, unsub = `{"type":"subscribe","topics":["notes"]}`, `{"type":"unsubscribe","topics":["notes"]}`
	for _, order := range [][]string{{sub, unsub, sub}, {sub, sub, unsub}, {unsub, sub, sub}} {
		s := newStage(t)
		s.connect(nil, "ada")
		for _, frame := range order {
			s.does("ada", "%s", frame)
		}
		if got := s.listed("notes"); got != "ada" {
			t.Errorf("%v: got %q", order, got)
		}
		s.now = s.now.Add(time.Millisecond)
		s.does("ada", unsub)
		if got := s.listed("notes"); got != "" {
			t.Errorf("a moment later: got %q", got)
		}
	}
}

func TestWhoCannotBeReachedKeepsNobodyFromHearing(t *testing.T) {
	s := newStage(t)
	s.connect(nil, "ada", "bob", "cyd", "dan")
	for _, c := range []string{"ada", "bob", "cyd", "dan"} {
		s.does(c, `{"type":"subscribe","topics":["notes","letters"]}`)
	}
	s.Fail("bob")
	s.Cut("cyd")
	c, err := s.send("ada", `{"type":"publish","topic":"notes","data":1}`)
	if err != nil || c.Aside == nil || !strings.Contains(c.Aside.Error(), "1 of 3 could not be reached") {
		t.Errorf("got %v, beside it %v", err, c.Aside)
	}
	if got := s.heard(); got != `dan < {"type":"publish","topic":"notes","data":1}` {
		t.Errorf("got %s", got)
	}
	if got := s.listed("letters"); !sameWords(got, "ada bob dan") {
		t.Errorf("got %s, want cyd, who is gone, nowhere", got)
	}
}

func TestAWaitEndsWithTheFunctionsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.connect(nil, "ada")
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		began := time.Now()
		c := &dialect.Conn{House: s.house, ID: "ada", Time: s.now}
		err := s.dialect.Message(ctx, c, []byte(`{"type":"publish","topic":"notes","data":1}`))
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != 50*time.Millisecond {
			t.Errorf("got %v after %v", err, took)
		}
	})
}
