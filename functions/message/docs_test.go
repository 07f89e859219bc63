package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/functions/message/whiteboard"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// TestTheExampleOfTheDocumentIsThisOne holds the code in docs/actions.md to that of example_test.go, which is compiled and run.
func TestTheExampleOfTheDocumentIsThisOne(t *testing.T) {
	doc, err := os.ReadFile("../../docs/actions.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), "\n```go\n"+string(code)+"```\n") {
		t.Error("docs/actions.md does not have example_test.go as it is: copy it there")
	}
	for name := range whiteboard.Actions() {
		if !strings.Contains(string(doc), "`"+name+"`") {
			t.Errorf("docs/actions.md does not tell of the action %s", name)
		}
	}
}

func TestTheExample(t *testing.T) {
	memory := signalingtest.NewMemory()
	s := signalingtest.NewStage(t, memory)
	s.Service.Items, s.Service.Actions = memory, signaling.Actions{"sign": {HostsOnly: true, Do: sign}}
	signs := func(client, object string) error {
		t.Helper()
		var fields map[string]json.RawMessage
		if err := json.Unmarshal([]byte(object), &fields); err != nil {
			t.Fatal(err)
		}
		return s.Do(client, signaling.Custom{Request: signaling.Request{Action: "sign", ID: "7"}, Room: s.Room, Fields: fields})
	}
	refused := func(err error, code signaling.Code, says string) {
		t.Helper()
		if got := signaling.Describe(err); err == nil || got.Code != code || !strings.Contains(got.Msg, says) {
			t.Fatalf("got %v, want %s with %q", err, code, says)
		}
	}
	s.Service.FirstHosts = true
	s.Rights = map[string]*signaling.Rights{"doctor": {User: "dr-may", Peer: "doctor", Rooms: []string{"*"}, Expires: s.Now}}
	s.Service.NeedRights = true
	s.Join("doctor")
	s.Service.NeedRights = false
	s.Join("nurse")
	if err := signs("doctor", `{"document":"rx-17"}`); err != nil {
		t.Fatal(err)
	}
	const signed = `{"document":"rx-17","by":"dr-may","at":"2031-05-01T12:00:00Z"}`
	s.WantTold("doctor: ok 7 "+signed, "nurse: signed from doctor "+signed)
	refused(signs("doctor", `{"document":"rx-17"}`), signaling.CodeForbidden, "rx-17 is signed already")
	refused(signs("nurse", `{"document":"rx-18"}`), signaling.CodeForbidden, "only a host")
	for _, wrong := range []string{`{}`, `{"document":7}`, `{"document":""}`, `{"document":"a b"}`} {
		refused(signs("doctor", wrong), signaling.CodeBadRequest, "document")
	}
}

// TestTheWhiteboardIsThereForWhoAsksForIt: what is deployed has it only under its tag.
func TestTheWhiteboardIsThereForWhoAsksForIt(t *testing.T) {
	for tags, want := range map[string]bool{"lambda.norpc": false, "lambda.norpc,whiteboard": true} {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", tags, ".").Output()
		if err != nil {
			t.Fatal(err)
		}
		got := slices.Contains(strings.Fields(string(out)), "github.com/parley-rtc/parley/functions/message/whiteboard")
		if got != want {
			t.Errorf("with the tags %s: got %v, want %v", tags, got, want)
		}
	}
	own := signaling.Actions{"board": {HostsOnly: true}}
	if all := withExamples(own); !all["board"].HostsOnly {
		t.Error("an example goes before an action of the project's own")
	}
}
