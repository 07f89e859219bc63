package rawjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

func FuzzValid(f *testing.F) {
	for _, seed := range []string{
		``, ` `, `{}`, ` { } `, `[]`, `[ ]`, `{"a":1}`, `{"a":[1,{"b":null}],"c":{}} `, `{"a":1,}`, `[1,]`, `[,1]`, `{,}`, `{"a"}`,
		`{"a":}`, `{"a" 1}`, `{1:2}`, `[1 2]`, `[1}`, `{"a":1]`, `[[]`, `{}{}`, `{} x`, `"`, `"a`, `"\`, `"\u12`, `"\u12g4"`,
		`"\u00e9\n\/\b"`, `"\x"`, "\"\n\"", "\"\xff\"", "\ufeff{}", `0`, `-`, `-0`, `01`, `1.`, `.5`, `1.5e`, `1e+`, `1E-07`, `-1.5e9`,
		`+1`, `t`, `tru`, `true`, `truer`, `false`, `nul`, `null`, `NaN`, "\v1", "\r\n\t 1",
		strings.Repeat("[", 64) + strings.Repeat("]", 64), strings.Repeat(`{"a":[`, 40) + strings.Repeat("]}", 40),
		strings.Repeat("[", 10001) + strings.Repeat("]", 10001),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if got, want := rawjson.Valid(doc), json.Valid(doc); got != want {
			t.Errorf("%.200q: got %v, want %v", doc, got, want)
		}
	})
}

func BenchmarkValid(b *testing.B) {
	doc := []byte(`{"action":"signal","to":"b","data":{"type":"offer","sdp":"` + strings.Repeat(`a=candidate:1 1 udp 2 x\r\n`, 8) + `"}}`)
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		rawjson.Valid(doc)
	}
}
