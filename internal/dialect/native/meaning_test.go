package native_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/dialect/native"
)

// wanted is what a decoder is to say of a frame.
func wanted(t *testing.T, frame []byte) {
	t.Helper()
	for _, actions := range [][]string{nil, {"sign", "stroke"}} {
		codec, err := native.New(actions...)
		if err != nil {
			t.Fatal(err)
		}
		got, failed := codec.Decode(frame)
		want, failure := oracle{actions}.Decode(frame)
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(failed, failure) {
			t.Fatalf("%q:\n got %+v, %+v\nwant %+v, %+v", frame, got, failed, want, failure)
		}
	}
}

// FuzzDecodeMeans begins with whatever the conversations have in them.
func FuzzDecodeMeans(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if _, frame, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " > "); ok {
				f.Add([]byte(frame))
			}
		}
	}
	const signal = `{"action":"signal","room":"r","to":"b","data":`
	for _, data := range []string{
		`{"sdp":"v=0"}`, `{"candidate":{"candidate":"x"}}`, `{"signal":{"type":"offer"},"data":{"ice":0},"payload":1}`,
		`{"Type":"answer","type":"x","TYPE":"candidate"}`, `{"type":"a","t-ype":"ice","ty_pe":"sdp"}`, `{"\u0063andidate":1}`,
		`{"\u212aind":1,"DESC\u212a":1,"\u0130ce":1}`,
		"{\"\xffice\":1,\"type\":\"\xff\"}", `{"type":"ICE-candidate","sdp":null}`,
		`{"type":"x","type":"ice"}`, `{"type":"ice","type":"x"}`, `{"signal":{"sdp":1},"signal":{"ice":1}}`,
		`{"signal":{"a":1},"Signal":{"sdp":1}}`, `{"payload":{"sdp":1},"signal":{"ice":1}}`, `{"data":{"data":{"ice":1}}}`,
		`{"session-Description-of-somebody-else":1}`, ` { } `, `{"type":{"sdp":1}}`, `[{"sdp":1}]`,
	} {
		f.Add([]byte(signal + data + `}`))
	}
	for _, more := range []string{
		`1,"n":0}`, `1,"n":9007199254740992}`, `1,"n":9007199254740993}`, `1,"n":1.0}`,
		`1,"data":2,"room":"s"}`, `"\ud800","id":""}`,
		`1,"id":"` + strings.Repeat("\xff", 30) + `"}`, `1,"id":"` + strings.Repeat(`\u0041`, 64) + `"}`,
		`1,"\u0069d":"7","to":"\u0062"}`,
		strings.Repeat("[", 127) + strings.Repeat("]", 127) + `}`, strings.Repeat("[", 128) + strings.Repeat("]", 128) + `}`,
		strings.Repeat("[", 128) + `"]]]`, `1}}`, `1} `, `1`, ``, `01}`, "1,\"a\":\"\n\"}", `1,"a":"\x"}`, `1,}`,
	} {
		f.Add([]byte(signal + more))
	}
	for _, frame := range []string{
		`{"action":"sign","room":"r","\\u0061":1,"\u005cu0061":2,"x":1,"x":2,"id":"1"}`,
		"{\"action\":\"sign\",\"room\":\"r\",\"\xff\":1,\"\ufffd\":2}",
		`{"action":"broadcast","room":"r","data":1,"rev":-1}`, `{"action":"broadcast","room":"r","data":1,"rev":7}`,
		`{"action":"ice","room":7}`,
		`{"action":"kick","room":"r","peer":"b","reason":"` + strings.Repeat("x", 257) + `"}`,
		`{"action":"deny","room":"r","peer":"b","reason":1}`,
		`{"action":null}`, `{"action":"` + strings.Repeat("x", 65) + `"}`,
		`null`, `[]`, `"x"`, `1`, ``, ` `, "\ufeff{}", `{"":""}`,
	} {
		f.Add([]byte(frame))
	}
	f.Fuzz(wanted)
}
