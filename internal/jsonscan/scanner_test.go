package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/jsonscan"
)

var texts = []string{
	`{"action":"join","id":"1","room":"demo","n":[1,-2.5e+3,true,false,null,{}],"o":{"a":{"b":[]}}}`, ` [ ] `, "\t{\r\n}", `"x"`, `7`, `null`,
	`{"a":1,"a":2}`, `{"\u0061":"\ud83d\ude00\ud800\"\\\/\b\f\n\r\t"}`, `{"é":"€","bad":"` + "\xff\xc3" + `"}`, `"\ud800\u0041"`, `"\udc00\ud800\udc00"`,
	``, ` `, `{`, `[`, `"`, `"\`, `"\u12`, `"\u12g4"`, `"\x"`, "\"\x1f\"", `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `[1,]`, `[,1]`, `[1 2]`, `{"a":1 "b":2}`, `{1:2}`,
	`01`, `-`, `-0`, `+1`, `1.`, `.5`, `1e`, `1e+`, `1E5`, `0.0e-0`, `9223372036854775807`, `9223372036854775808`, `-9223372036854775808`, `1.0`,
	`tru`, `True`, `truefalse`, `nul`, `{} {}`, `[1]x`, `[}`, `{]`, "[1]\x00", "\ufeff{}", `{"a":[{"b":"c"},"d"]}`,
}

// read reads a value as encoding/json does into an any, with its numbers as they are written.
func read(s *jsonscan.Scanner) any {
	switch s.Peek() {
	case '{':
		m := map[string]any{}
		for s.Enter('{'); s.Next('}'); {
			key := jsonscan.Unquote(s.Key())
			m[key] = read(s)
		}
		return m
	case '[':
		a := []any{}
		for s.Enter('['); s.Next(']'); {
			a = append(a, read(s))
		}
		return a
	case '"':
		return s.Text()
	case 't', 'f':
		return len(s.Skip()) == len("true")
	case 'n':
		s.Skip()
		return nil
	}
	return json.Number(s.Skip())
}

func FuzzScanner(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		valid := json.Valid(data)
		s := jsonscan.New(data)
		if raw, want := s.Skip(), bytes.TrimSpace(data); s.End() != valid || valid && !bytes.Equal(raw, want) {
			t.Fatalf("%q: skipped %q, and valid is %v, want %v", data, raw, s.End(), valid)
		}
		s = jsonscan.New(data)
		got := read(&s)
		if s.End() != valid {
			t.Fatalf("%q: read as %v, and valid is %v", data, got, valid)
		}
		if !valid {
			return
		}
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: got %#v, want %#v, %v", data, got, want, err)
		}
		s = jsonscan.New(data)
		n := s.Int()
		var whole int64
		err := json.Unmarshal(data, &whole)
		if s.End() != (err == nil && want != nil) || n != whole && err == nil {
			t.Fatalf("%q: got %d, want %d, %v", data, n, whole, err)
		}
	})
}

func TestNestingEndsWhereItDoesForEncodingJSON(t *testing.T) {
	for _, pair := range []string{"[]", "{}"} {
		for _, depth := range []int{1, 9_999, 10_000, 10_001, 100_000} {
			open, shut := pair[:1], pair[1:]
			if open == "{" {
				open = `{"a":`
			}
			text := strings.Repeat(open, depth-1) + pair + strings.Repeat(shut, depth-1)
			s := jsonscan.New([]byte(text))
			s.Skip()
			if got, want := s.End(), json.Valid([]byte(text)); got != want {
				t.Errorf("%s %d times: got %v, want %v", pair, depth, got, want)
			}
		}
	}
}

func TestADepthMayBeTheMost(t *testing.T) {
	for text, depth := range map[string]int{`1`: 0, `[]`: 1, `{"a":[{}],"b":[]}`: 3, `[[],[[]],[]]`: 3, `{"a":{},"b":{},"c":{}}`: 2} {
		for most := range 5 {
			s := jsonscan.Within([]byte(text), most)
			s.Skip()
			if got, want := s.End(), depth <= most; got != want {
				t.Errorf("%s within %d: got %v, want %v", text, most, got, want)
			}
		}
	}
}

func TestWhatIsReadCanBeAppendedTo(t *testing.T) {
	const text = `[[1],2]`
	data := []byte(text)
	s := jsonscan.New(data)
	s.Enter('[')
	s.Next(']')
	_ = append(s.Skip(), '3')
	if string(data) != text {
		t.Errorf("the text is %s now", data)
	}
}

func TestAScannerStaysWhereSomethingIsWrong(t *testing.T) {
	for _, text := range texts {
		for end := range len(text) {
			s := jsonscan.New([]byte(text[:end]))
			read(&s)
			if json.Valid([]byte(text[:end])) {
				continue
			}
			s.Skip()
			for s.Enter('{'); s.Next('}'); {
				t.Fatalf("%q has another member", text[:end])
			}
			if s.Peek() != 0 || s.Text() != "" || s.Int() != 0 || s.Key() != nil || s.Skip() != nil || s.End() {
				t.Fatalf("%q has more in it", text[:end])
			}
		}
	}
}

func TestNothingIsAllocatedButTexts(t *testing.T) {
	data := []byte(`{"requestContext":{"identity":{"sourceIp":"203.0.113.7"},"n":12},"body":"{\"a\":1}","list":[1,{"a":"b"}]}`)
	texts := 0
	allocated := testing.AllocsPerRun(100, func() {
		s := jsonscan.New(data)
		for s.Enter('{'); s.Next('}'); {
			if string(s.Key()) == "body" {
				texts += len(s.Text())
				continue
			}
			s.Skip()
		}
		if !s.End() {
			t.Fatal("not read")
		}
	})
	if allocated > 1 {
		t.Errorf("%v allocations for one text", allocated)
	}
}
