package jsonscan_test

import (
	"encoding/json"
	"testing"

	"github.com/parley-rtc/parley/internal/jsonscan"
)

// FuzzFields holds the members of an object to those that encoding/json finds.
func FuzzFields(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Add([]byte(`{"x":"a","x":"b","\\u0078":1,"\u0078":"\n","":null}`))
	f.Add([]byte("{\"\xff\":1,\"\ufffd\":2,\"\xff\xfe\":\"\xff\"} "))
	f.Fuzz(func(t *testing.T, data []byte) {
		var want map[string]json.RawMessage
		err := json.Unmarshal(data, &want)
		s := jsonscan.New(data)
		fields := s.Fields(nil)
		if isObject := err == nil && want != nil; s.End() != isObject {
			t.Fatalf("%q: an object is %v, want %v", data, s.End(), isObject)
		} else if !isObject {
			return
		}
		for _, field := range fields {
			if _, ok := want[string(field.Name)]; !ok {
				t.Fatalf("%q: there is no member %q", data, field.Name)
			}
		}
		for name, value := range want {
			got, ok := fields.Get(name)
			if !ok || string(got) != string(value) {
				t.Fatalf("%q: %q is %s, want %s", data, name, got, value)
			}
			var text string
			isText := value[0] == '"' && json.Unmarshal(value, &text) == nil
			if s, ok := jsonscan.Text(value); ok != isText || s != text {
				t.Fatalf("%q: the text of %s is %q, %v, want %q, %v", data, value, s, ok, text, isText)
			}
		}
		if _, ok := fields.Get("no such name"); ok != (want["no such name"] != nil) {
			t.Fatalf("%q has a member of no such name", data)
		}
	})
}
