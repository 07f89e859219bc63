package replay

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestRecordAndLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.jsonl")
	if err := os.WriteFile(path, []byte("of others"), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Record(path, "template.yaml", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r.Handshake("x", "/prod", "token=s", map[string][]string{
		"Origin": {"https://a.example"}, "X-Own": {"1"}, "accept-encoding": {"gzip"}, "connection": {"Upgrade"},
		"sec-websocket-key": {"k"}, "sec-websocket-protocol": {"a, b"}, "host": {"h"}, "x-small": {"2"},
	})
	r.Answer("x", 101, "a")
	r.FromClient("x", []byte("<hi>"))
	r.Handshake("y", "/prod", "", nil)
	r.Answer("y", 401, "")
	r.ToClient("y", []byte("nobody is there"))
	r.ToClient("x", []byte("ho"))
	r.Closed("x", 1000, "bye", "client")
	r.Close()
	r.ToClient("x", []byte("too late"))
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("got %v (%v), want a file that only its owner reads", info, err)
	}
	s, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []event{
		{
			Conn: 1, Kind: "open", Path: "/prod", Query: "token=s", Protocols: []string{"a", "b"},
			Headers: map[string][]string{"Origin": {"https://a.example"}, "X-Own": {"1"}, "x-small": {"2"}}, line: 2,
		},
		{Conn: 1, Kind: "answer", Status: 101, Protocol: "a", line: 3},
		{Conn: 1, Kind: "client", Text: "<hi>", line: 4},
		{Conn: 2, Kind: "open", Path: "/prod", line: 5},
		{Conn: 2, Kind: "answer", Status: 401, line: 6},
		{Conn: 1, Kind: "server", Text: "ho", line: 7},
		{Conn: 1, Kind: "close", Code: 1000, Reason: "bye", By: "client", line: 8},
	}
	if diff := cmp.Diff(want, s.events, cmp.AllowUnexported(event{}), cmpopts.IgnoreFields(event{}, "At")); diff != "" {
		t.Error(diff)
	}
}

func TestLoadNamesTheLine(t *testing.T) {
	const first = `{"localdevRecording":1}` + "\n"
	const open = `{"conn":1,"event":"open","path":"/prod"}` + "\n"
	for text, want := range map[string]string{
		"":                                       "nothing is recorded",
		"GIF89a\n":                               ":1: this is no recording",
		`{"localdevRecording":2}`:                ":1: this is no recording",
		first:                                    "nothing is recorded",
		first + `{"conn":1,"event":"client"}`:    ":2: connection 1 must open",
		first + open + open:                      ":3: connection 1 must open once",
		first + open + `{"conn":1,"event":"no"}`: `:3: unknown event "no"`,
		first + open + "{\n" + open:              ":3: unexpected end",
		first + open + `{"conn":1,"ev`:           "", // a crash
	} {
		path := filepath.Join(t.TempDir(), "r.jsonl")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		switch _, err := Load(path); {
		case want == "" && err != nil:
			t.Errorf("%q: %v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestACrashLosesLittle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.jsonl")
	r, err := Record(path, "template.yaml", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Handshake("x", "/prod", "", nil)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(2 * time.Minute); ; <-tick.C {
		if s, err := Load(path); err == nil && len(s.events) == 1 {
			return
		}
		if time.Now().After(end) {
			t.Fatal("nothing is in the file until the recording ends")
		}
	}
}
