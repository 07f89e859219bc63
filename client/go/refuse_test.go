package parley_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	parley "github.com/parley-rtc/parley/client/go"
)

func TestSignalToNobodyIsRefused(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		if err := room.Signal(t.Context(), "", "for bob alone"); !errors.Is(err, parley.ErrBadRequest) {
			t.Errorf("got %v", err)
		}
		if sent := append(s.conn().all("broadcast"), s.conn().all("signal")...); len(sent) > 0 {
			t.Errorf("sent %v", sent)
		}
		conn.Close()
	})
}

func nested(levels int) json.RawMessage {
	return json.RawMessage(strings.Repeat("[", levels) + strings.Repeat("]", levels))
}

func TestWhatIsNestedTooDeepIsRefusedHere(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.on(func(c *peerConn, f frame) bool {
			raw, _ := json.Marshal(f)
			if deep := strings.Contains(string(raw), string(nested(128))); deep {
				t.Errorf("sent a frame of %v", f["action"])
				c.refuse(f, "bad-json", false)
				return true
			}
			return false
		})
		deep := nested(128) // and the frame is a level more
		_, joined := conn.Join(t.Context(), "another", &parley.JoinOptions{Data: deep})
		_, knocked := conn.Knock(t.Context(), "another", &parley.KnockOptions{Data: deep})
		_, acted := room.Act(t.Context(), "stroke", map[string]any{"points": deep})
		_, noJSON := room.Act(t.Context(), "stroke", map[string]any{"points": func() {}})
		for what, err := range map[string]error{
			"signal": room.Signal(t.Context(), "bob", deep), "broadcast": room.Broadcast(t.Context(), deep),
			"update": room.Update(t.Context(), deep), "join": joined, "knock": knocked, "act": acted, "no JSON": noJSON,
		} {
			if !errors.Is(err, parley.ErrBadRequest) {
				t.Errorf("%s: got %v", what, err)
			}
		}
		if err := room.Signal(t.Context(), "bob", nested(127)); err != nil {
			t.Error(err)
		}
		conn.Close()
	})
}
