package peerjs

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/signaling"
)

func TestHeartbeatsAreKnownByTheirForm(t *testing.T) {
	for frame, want := range map[string]bool{
		`{"type":"HEARTBEAT"}`:     true,
		` { "type":"HEARTBEAT" } `: true,
		`{"type":"heartbeat"}`:     false, `{"Type":"HEARTBEAT"}`: false, `{"type":"HEARTBEAT","dst":"a"}`: false,
		`{"type":"ping"}`: false, `"HEARTBEAT"`: false, `{"type":1}`: false, ``: false, `2`: false, `null`: false,
		`{"type":"HEARTBEAT"` + strings.Repeat(" ", 64) + `}`: false,
	} {
		carryOut, mine := New("k", false).Recognize([]byte(frame))
		if mine != want || mine != (carryOut != nil) {
			t.Errorf("%s: got %v", frame, mine)
		}
	}
}

func FuzzFrame(f *testing.F) {
	for _, seed := range []string{
		`{"type":"OFFER","payload":{"sdp":{"sdp":"v=0","type":"offer"}},"dst":"bob"}`, `{"type":"HEARTBEAT"}`,
		`{"type":"LEAVE","dst":"a b","payload":null}`, `{"type":"OFFER","type":"EXPIRE","dst":"\ud800"}`,
		`{"type":"CANDIDATE","dst":7,"payload":{"a":1,"a":2}}`, `{"type":"ANSWER","dst":"__proto__","payload":{ } }`,
		`[1]`, `2`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		isHeartbeat(frame)
		m, err := decode(frame)
		if err != nil {
			return
		}
		want := []string{"dst", "src", "type"}
		if m.Payload != nil {
			want = []string{"dst", "payload", "src", "type"}
		}
		wantFrame(t, m.from("a-b c"), want, map[string]string{"type": m.Type, "src": "a-b c"})
		if !bytes.Contains(m.from("x"), m.Payload) {
			t.Errorf("%s has another payload", m.from("x"))
		}
		if m.To != "" && !isID(m.To) {
			t.Errorf("%q is no id", m.To)
		}
		wantFrame(t, m.back(expire, "me"), []string{"dst", "src", "type"}, map[string]string{"type": "EXPIRE", "dst": "me"})
	})
}

func wantFrame(t *testing.T, frame []byte, members []string, values map[string]string) {
	t.Helper()
	var got map[string]json.RawMessage
	if err := json.Unmarshal(frame, &got); err != nil {
		t.Fatalf("%s: %v", frame, err)
	}
	var names []string
	for name := range got {
		names = append(names, name)
	}
	if slices.Sort(names); !slices.Equal(names, members) {
		t.Errorf("%s has %v, want %v", frame, names, members)
	}
	for name, want := range values {
		var value string
		if json.Unmarshal(got[name], &value) != nil || value != want {
			t.Errorf("%s: %s is not %q", frame, name, want)
		}
	}
}

func FuzzKey(f *testing.F) {
	f.Add("/peerjs?key=peerjs")
	f.Add("/x/peerjs?key=%zz;&a=b")
	f.Fuzz(func(t *testing.T, p string) {
		h := signaling.Handshake{Query: map[string][]string{"p": {p}, "id": {p}, "token": {p}}}
		g, mine := New("peerjs", false).Greet(h)
		if !mine {
			return
		}
		if s, err := decodeState(g.State); err != nil || s.ID != "" && (!isID(s.ID) || keyOf(h.Query) != "peerjs") {
			t.Errorf("%q: %+v, %v", p, s, err)
		}
	})
}
