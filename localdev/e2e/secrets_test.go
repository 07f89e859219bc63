package e2e_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// secret is what may stand in no line that a function writes, in whatever test: tokens, session descriptions, candidates, IP
// addresses; and sealed strings, which are so long.
var secret = regexp.MustCompile(`eyJ[\w-]+\.eyJ|v=0\\|candidate|\b\d{1,3}(\.\d{1,3}){3}\b|\[[0-9a-f:]*::[0-9a-f:]*\]`)

const sealed = 60 // characters

// findSecret returns what may not stand in a text. The expression alone, with the length in it, would
// be a quarter of the work of tests with many messages.
func findSecret(text string) string {
	run := 0
	for i := range len(text) {
		c := text[i]
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			run = 0
		} else if run++; run == sealed {
			return text[i+1-sealed:]
		}
	}
	return secret.FindString(text)
}

// runtimeAPI is where Lambda's library asks for events. It says so when the process ends with the emulator.
var runtimeAPI = regexp.MustCompile(`http://127\.0\.0\.1:\d+/2018-06-01/runtime/`)

// planted are the latest bodies that the tests have sent, as far as they are long enough to be no coincidence. Each is looked
// for in each line.
var planted struct {
	sync.Mutex
	texts [200]string
	next  int
}

// plant remembers what a client sends.
func plant(frame []byte) {
	_, data, found := bytes.Cut(frame, []byte(`"data":`))
	if !found {
		_, data, found = bytes.Cut(frame, []byte(`"payload":`))
	}
	if found && len(data) > 0 {
		plantText(string(data[:len(data)-1]))
	}
}

func plantText(text string) {
	if len(text) < 12 {
		return
	}
	planted.Lock()
	defer planted.Unlock()
	planted.texts[planted.next] = text
	planted.next = (planted.next + 1) % len(planted.texts)
}

// functionLog watches what the functions print, in every test of this package.
type functionLog struct{ t testing.TB }

func (l functionLog) Write(line []byte) (int, error) {
	_, text, _ := strings.Cut(string(line), " ") // behind the folder comes the request's ID
	request, text, _ := strings.Cut(text, " ")
	if ofLambda(request, text) {
		return len(line), nil
	}
	text = runtimeAPI.ReplaceAllString(text, "")
	planted.Lock()
	body := slices.IndexFunc(planted.texts[:], func(data string) bool { return data != "" && strings.Contains(text, data) })
	planted.Unlock()
	if found := findSecret(text); found != "" || body >= 0 {
		l.t.Errorf("a function logs what nobody may see, %q:\n%s", found, text)
	}
	return len(line), nil
}

// ofLambda reports whether Lambda itself says so of an invocation, as three of four lines.
func ofLambda(request, text string) bool {
	text = strings.TrimRight(text, "\n")
	kind, rest, _ := strings.Cut(text, " RequestId: "+request)
	switch kind {
	case "START":
		return rest == " Version: $LATEST"
	case "END":
		return rest == ""
	case "REPORT":
		return strings.HasPrefix(rest, "\tDuration: ")
	}
	return false
}

func TestTheWatchOfTheLogSeesSecrets(t *testing.T) {
	plant([]byte(`{"action":"signal","room":"r","to":"x","data":{"a body":"of its own"}}`))
	for _, line := range []string{
		`message 1 {"err":"read tcp 192.0.2.7:443"}`, `message 1 {"x":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.x"}`, `connect 1 v=0\r\no=- 1`,
		`message 1 {"address":"` + strings.Repeat("kQ-_", 20) + `"}`, `message 1 [2001:db8::1]`, `message 1 got {"a body":"of its own"}`,
		`message 1 START RequestId: 1 Version: $LATEST candidate`, `message 1 END RequestId: 2 192.0.2.7`,
	} {
		probe := &recorded{TB: t}
		if _, err := (functionLog{probe}).Write([]byte(line)); err != nil || !probe.failed {
			t.Errorf("not seen: %s", line)
		}
	}
}

// recorded takes an error as it comes.
type recorded struct {
	testing.TB
	failed bool
}

func (r *recorded) Errorf(string, ...any) { r.failed = true }
