package parley_test

import (
	"bytes"
	"encoding/json"
	"testing"

	parley "github.com/parley-rtc/parley/client/go"
)

func FuzzParts(f *testing.F) {
	part := func(text string) []byte { return []byte(`{"parley":{` + text + `}}`) }
	f.Add([]byte(`"whole"`), part(`"part":1,"of":2,"text":"[1,"`), part(`"part":2,"of":2,"text":"2]"`))
	f.Add(part(`"part":1,"of":1,"text":"\"\\"`), part(`"part":9,"of":9`), part(``))
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		whole, _ := parley.Join(a, b, c)
		for _, data := range whole {
			if !bytes.Equal(data, a) && !bytes.Equal(data, b) && !bytes.Equal(data, c) && !json.Valid(data) {
				t.Errorf("%q came of %q, %q, %q", data, a, b, c)
			}
		}
	})
}

func FuzzCut(f *testing.F) {
	f.Add("\"\\\u2028ü🙂", uint16(4000))
	f.Add("\u2028", uint16(12_000))
	f.Fuzz(func(t *testing.T, text string, times uint16) {
		raw, err := json.Marshal(text)
		raw = bytes.ReplaceAll(raw, []byte(`\u2028`), []byte("\u2028")) // as others write it
		if err != nil || !json.Valid(raw) {
			return
		}
		var data []byte
		for range times {
			if data = append(data, raw[1:len(raw)-1]...); len(data) > 40_000 {
				break
			}
		}
		data = append(append([]byte{'"'}, data...), '"')
		parts, err := parley.Cut(data)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range parts {
			var part struct {
				Parley struct {
					Text json.RawMessage `json:"text"`
				} `json:"parley"`
			}
			if json.Unmarshal(p, &part) != nil || len(part.Parley.Text)-2 > 30_000 {
				t.Errorf("part %d has %d bytes", i+1, len(part.Parley.Text)-2)
			}
		}
		if whole, failed := parley.Join(parts...); failed > 0 || len(whole) != 1 || !bytes.Equal(whole[0], data) {
			t.Errorf("%d wholes, %d failures", len(whole), failed)
		}
	})
}

func FuzzComparison(f *testing.F) {
	f.Add([]byte(`{"parley":{"seat":17,"got":2097160,"before":2097163,"first":2097155,"ask":true}}`))
	f.Add([]byte(`{"parley":{"seat":null,"got":-1,"first":1e99}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		again, ok := parley.ReadComparison(data)
		if !ok {
			return
		}
		if twice, ok := parley.ReadComparison(again); !ok || !bytes.Equal(again, twice) {
			t.Errorf("%q became %q, and that %q", data, again, twice)
		}
	})
}
