package rawjson_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

func TestFind(t *testing.T) {
	const doc = ` { "a" : 1, "b":{"a":2,"x":"}"} ,"c":[1,{"a":3},"]"], "d\u0065":"q\"uote", "a": "last", "e":null} `
	for name, want := range map[string]string{
		"a": `"last"`, "b": `{"a":2,"x":"}"}`, "c": `[1,{"a":3},"]"]`, "de": `"q\"uote"`, "e": "null", "x": "",
	} {
		got, ok := rawjson.Find([]byte(doc), name)
		if string(got) != want || ok != (want != "") {
			t.Errorf("%s: got %s, %v; want %s", name, got, ok, want)
		}
	}
	for _, doc := range []string{``, `[]`, `"a"`, `{`, `{"a"`, `{"a":`, `{"a" 1}`} {
		if got, ok := rawjson.Find([]byte(doc), "a"); ok {
			t.Errorf("%s: got %s", doc, got)
		}
	}
}

func TestWithAndWithout(t *testing.T) {
	for _, tt := range []struct{ doc, with, without string }{
		{`{}`, `{"k":1}`, `{}`},
		{`{ }`, `{"k":1 }`, `{ }`},
		{`{"a":2}`, `{"k":1,"a":2}`, `{"a":2}`},
		{`{"k":0,"a":2}`, `{"k":1,"k":0,"a":2}`, `{"a":2}`},
		{`{"a":2, "k":{"k":0}}`, `{"k":1,"a":2, "k":{"k":0}}`, `{"a":2}`},
		{`{"k":0,"a":2,"k":3}`, `{"k":1,"k":0,"a":2,"k":3}`, `{"a":2}`},
		{`{"k":0}`, `{"k":1,"k":0}`, `{}`},
	} {
		if got := rawjson.With([]byte(tt.doc), "k", "1"); string(got) != tt.with {
			t.Errorf("%s with: got %s, want %s", tt.doc, got, tt.with)
		}
		if got, _ := rawjson.Without([]byte(tt.doc), "k"); string(got) != tt.without {
			t.Errorf("%s without: got %s, want %s", tt.doc, got, tt.without)
		}
	}
}

func FuzzObject(f *testing.F) {
	for _, seed := range []string{
		`{"a":{"b":[1,"2",true,null,-1e9]},"\u00e9\n":""}`, `{"a":1,"a":2}`, `[1,[2,{}]]`,
		`{"a"}`, `{"":[]]`, `{"a":"\`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var want map[string]json.RawMessage
		valid := json.Unmarshal(doc, &want) == nil && want != nil && utf8.Valid(doc)
		got := map[string]string{}
		for m := range rawjson.Object(doc) { // never panics, whatever doc is
			got[m.Name] = string(m.Value)
		}
		for range rawjson.Array(doc) {
		}
		_, _ = rawjson.Without(doc, "a")
		if !valid {
			return
		}
		if len(got) != len(want) {
			t.Fatalf("got %q, want %q", got, want)
		}
		for name, value := range want {
			if got[name] != string(value) {
				t.Errorf("%q: got %s, want %s", name, got[name], value)
			}
		}
		var again map[string]json.RawMessage
		if err := json.Unmarshal(rawjson.With(doc, "new", "7"), &again); err != nil || string(again["new"]) != "7" &&
			string(want["new"]) == "" {
			t.Errorf("With: got %v, %v", again, err)
		}
		less, _ := rawjson.Without(doc, "a")
		clear(again)
		if err := json.Unmarshal(less, &again); err != nil || again["a"] != nil {
			t.Errorf("Without: got %s, %v", less, err)
		}
	})
}

func FuzzAppendString(f *testing.F) {
	f.Add("plain")
	f.Add("\x00\x1f\"\\\n\r\t\u2028 é <&> \x7f")
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(rawjson.AppendString(nil, s), &got); err != nil || got != string([]rune(s)) {
			t.Errorf("got %q, %v; want %q", got, err, s)
		}
		if back := rawjson.Text(rawjson.AppendString(nil, got)); back != got {
			t.Errorf("Text: got %q, want %q", back, got)
		}
	})
}
