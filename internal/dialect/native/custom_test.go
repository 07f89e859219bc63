package native_test

import (
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/signaling"
)

func custom(t testing.TB) native.Codec {
	t.Helper()
	codec, err := native.New("sign", "stroke")
	if err != nil {
		t.Fatal(err)
	}
	return codec
}

func TestDecodeAProjectsOwnAction(t *testing.T) {
	got, err := custom(t).Decode([]byte(`{"action":"sign","id":"7","room":"r","to": [1, 2],"Room":null}`))
	want := signaling.Custom{
		Request: signaling.Request{Action: "sign", ID: `"7"`}, Room: "r",
		Fields: map[string]json.RawMessage{"to": json.RawMessage("[1, 2]"), "Room": json.RawMessage("null")},
	}
	if diff := cmp.Diff(signaling.Command(want), got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

func TestARefusalNamesAProjectsOwnActions(t *testing.T) {
	for frame, want := range map[string]string{
		`{"action":"Sign","room":"r"}`:   "ping, or one of this service's own: sign, stroke",
		`{"action":"sign"}`:              "room is missing",
		`{"action":"sign","room":7}`:     "room: want a string",
		`{"action":"signal","room":"r"}`: "to is missing",
	} {
		_, err := custom(t).Decode([]byte(frame))
		var refusal *signaling.RequestError
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Err.Msg, want) {
			t.Errorf("%s: got %v, want %q", frame, err, want)
		}
	}
}

func TestTheProtocolsOwnNamesCannotBeTaken(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	_, requests, _ := strings.Cut(string(raw), "\n## Client to server")
	requests, events, _ := strings.Cut(requests, "\n## Server to client")
	events, _, _ = strings.Cut(events, "\n## ")
	actions, kinds := tableNames(requests), tableNames(events)
	if len(actions) < 12 || len(kinds) < 16 {
		t.Fatalf("the tables of the document have only %v and %v", actions, kinds)
	}
	for _, action := range actions {
		if _, err := native.New("sign", action); err == nil {
			t.Errorf("%s can be a project's own action", action)
		}
	}
	for _, kind := range kinds {
		if _, err := custom(t).Encode(signaling.CustomEvent{Kind: kind, Room: "r", From: "a"}); err == nil {
			t.Errorf("%s can be a project's own event: add it to frameTypes", kind)
		}
	}
}

// tableNames returns the names in the first column of the tables.
func tableNames(text string) (names []string) {
	for _, row := range regexp.MustCompile("(?m)^\\| (`[a-z-]+`(?:, `[a-z-]+`)*) \\|").FindAllStringSubmatch(text, -1) {
		names = append(names, regexp.MustCompile("[a-z-]+").FindAllString(row[1], -1)...)
	}
	return names
}

func TestEncodeAProjectsOwnEvents(t *testing.T) {
	for want, ev := range map[string]signaling.Event{
		`{"type":"signed","room":"r","from":"a"}`:                    signaling.CustomEvent{Kind: "signed", Room: "r", From: "a"},
		`{"type":"signed","room":"r","from":"b"}`:                    signaling.CustomEvent{Kind: "signed", Room: "r", From: "b", Fields: []byte(`{}`)},
		`{"type":"signed","room":"r","from":"a","x":["<1>"],"y":{}}`: signaling.CustomEvent{Kind: "signed", Room: "r", From: "a", Fields: []byte(`{"x":["<1>"],"y":{}}`)},
		`{"type":"ok","id":"7","x":1}`:                               signaling.Done{Request: signaling.Request{ID: `"7"`}, Fields: []byte(`{"x":1}`)},
		`{"type":"ok","id":"7"}`:                                     signaling.Done{Request: signaling.Request{ID: `"7"`}, Fields: []byte(`{}`)},
	} {
		if got, err := custom(t).Encode(ev); err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
	for _, ev := range []signaling.Event{
		signaling.CustomEvent{Kind: "signed", Fields: []byte(`{"from":"b"}`)},
		signaling.CustomEvent{Kind: "signed", Fields: []byte(`{"Type":1}`)},
		signaling.CustomEvent{Kind: "signed", Fields: []byte(`{"room":1}`)},
		signaling.CustomEvent{Kind: "signed", Fields: []byte(`{"id":1}`)},
		signaling.CustomEvent{Kind: "signed", Fields: []byte(`[1]`)},
		signaling.Done{Fields: []byte(`{"\u0069d":1}`)},
		signaling.Done{Fields: []byte(`{"queued":true}`)},
	} {
		if got, err := custom(t).Encode(ev); err == nil {
			t.Errorf("got %s, want an error", got)
		}
	}
}

// FuzzCustom lets a handler pass on whatever it was sent: what goes out is one JSON object whose own members nobody can replace.
func FuzzCustom(f *testing.F) {
	for _, seed := range []string{
		`{"action":"sign","id":"1","room":"r","x":[1]}`, `{"action":"stroke","room":"r","points":[[0,1]],"from":"eve","type":"kicked"}`,
		`{"action":"sign","room":"r","\u0066rom":"\ud800","":{}}`, `{"action":"sign","room":"r","x":1,"x":2}`, `{"action":"s"}`, `[`,
	} {
		f.Add([]byte(seed))
	}
	codec := custom(f)
	f.Fuzz(func(t *testing.T, frame []byte) {
		cmd, err := codec.Decode(frame)
		var refusal *signaling.RequestError
		if (err == nil) == (cmd == nil) || err != nil && !errors.As(err, &refusal) {
			t.Fatalf("got %v and %v", cmd, err)
		}
		if c, ok := cmd.(signaling.Custom); ok {
			passedOn, err := json.Marshal(c.Fields)
			if err != nil {
				t.Fatal(err)
			}
			out, err := codec.Encode(signaling.CustomEvent{Kind: "passed", Room: c.Room, From: "alice", Fields: passedOn})
			if err != nil {
				return
			}
			var members map[string]json.RawMessage
			if err := json.Unmarshal(out, &members); err != nil || string(members["from"]) != `"alice"` || string(members["type"]) != `"passed"` || len(members) != 3+len(c.Fields) {
				t.Fatalf("got %s, %v", out, err)
			}
		}
	})
}
