package ywebrtc

import (
	"encoding/json"
	"testing"
)

// FuzzMembers holds what members a frame has to what encoding/json finds in it.
func FuzzMembers(f *testing.F) {
	for _, frame := range []string{
		`{"type":"ping"}`, `{"type":"ping","type":"ping"}`, `{"type":"ping","a":1}`, `{"\u0074ype":"ping"}`, `{"type":7}`,
		`{"type":"publish","topic":"t","data":{}}`, `{"type":"publish","topic":"t"}`, `{"type":"publish","topic":"t","x":1}`,
		`{"type":"subscribe","topics":[]}`, `{"type":"unsubscribe","topics":[],"topics":1}`, `{"type":"subscribe"}`,
		`{}`, `null`, `[]`, ``, `{`, `{"topics":[],"type":"publish"}`, `{"Type":"ping"}`,
	} {
		f.Add([]byte(frame))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		var all map[string]json.RawMessage
		isObject := json.Unmarshal(frame, &all) == nil && all != nil
		m := object(frame)
		if (m != nil) != isObject {
			t.Fatalf("%q: an object is %v, want %v", frame, m != nil, isObject)
		}
		for _, names := range [][]string{
			{"type"}, {"type", "topics"}, {"type", "topic", "data"}, {"topics"}, {"a"}, {},
		} {
			want := len(all) == len(names)
			for _, name := range names {
				_, there := all[name]
				want = want && there
			}
			if got := m.has(names...); got != want {
				t.Fatalf("%q: has exactly %q is %v, want %v", frame, names, got, want)
			}
		}
	})
}
