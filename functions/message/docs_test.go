package main

import (
	"os"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/signaling"
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
	for name := range actions() {
		if !strings.Contains(string(doc), "`"+name+"`") {
			t.Errorf("docs/actions.md does not tell of the action %s", name)
		}
	}
}

func TestTheExample(t *testing.T) {
	s := table(t)
	s.Service.Actions["sign"] = signaling.Action{HostsOnly: true, Do: sign}
	s.Service.FirstHosts = true
	s.Rights = map[string]*signaling.Rights{"doctor": {User: "dr-may", Peer: "doctor", Rooms: []string{"*"}, Expires: s.Now}}
	s.Service.NeedRights = true
	s.Join("doctor")
	s.Service.NeedRights = false
	s.Join("nurse")
	drawing(t, act(t, s, "doctor", "sign", `{"document":"rx-17"}`))
	const signed = `{"document":"rx-17","by":"dr-may","at":"2031-05-01T12:00:00Z"}`
	s.WantTold("doctor: ok 7 "+signed, "nurse: signed from doctor "+signed)
	wantRefusal(t, act(t, s, "doctor", "sign", `{"document":"rx-17"}`), signaling.CodeForbidden, "rx-17 is signed already")
	wantRefusal(t, act(t, s, "nurse", "sign", `{"document":"rx-18"}`), signaling.CodeForbidden, "only a host")
	for _, wrong := range []string{`{}`, `{"document":7}`, `{"document":""}`, `{"document":"a b"}`} {
		wantRefusal(t, act(t, s, "doctor", "sign", wrong), signaling.CodeBadRequest, "document")
	}
}
