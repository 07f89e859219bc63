// Package replay writes what clients and localdev said to each other to a file, and says it again to today's functions.
package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

const (
	version = 1
	warning = "This file holds what clients sent, tokens and passwords included. Keep it as secret as they are."
	maxLine = 4 << 20 // bytes; a message of 128 KiB is never longer, however it is escaped
)

// header is a recording's first line.
type header struct {
	Version  int    `json:"localdevRecording"`
	Template string `json:"template"`
	Warning  string `json:"warning"`
}

// Kinds of events.
const (
	kindOpen   = "open"   // the client's handshake
	kindAnswer = "answer" // its answer: 101, or what refused it
	kindClient = "client" // a text message from the client
	kindServer = "server" // a text message to the client
	kindClose  = "close"
)

// event is each further line of a recording.
type event struct {
	At   int64  `json:"ms"`   // since the start of the recording
	Conn int    `json:"conn"` // counted from 1, in the order of the handshakes
	Kind string `json:"event"`

	Path      string              `json:"path,omitempty"` // of the stage
	Query     string              `json:"query,omitempty"`
	Protocols []string            `json:"protocols,omitempty"`
	Headers   map[string][]string `json:"headers,omitempty"`

	Status   int    `json:"status,omitempty"`
	Protocol string `json:"protocol,omitempty"`

	Text string `json:"text,omitempty"`

	Code   int    `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
	By     string `json:"by,omitempty"` // client, server, limit or fault

	line int // in the file, from 1
}

// fromServer reports whether the event is localdev's doing, which a replay waits for. What ended a connection by a limit
// or a fault is not: it depends on the clock, the weather, or a frame that is in no recording.
func (e *event) fromServer() bool {
	return e.Kind == kindAnswer || e.Kind == kindServer || e.Kind == kindClose && e.By == "server"
}

// Session is a recording. Load reads one.
type Session struct {
	path   string
	events []event
}

// Load reads a recording. An error names the file and the line. A last line that a crash cut off is no error.
func Load(path string) (*Session, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the recording: %w", err)
	}
	defer file.Close()
	s := &Session{path: path}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	opened := map[int]bool{}
	var broken error
	for n := 1; lines.Scan(); n++ {
		if broken != nil {
			return nil, broken // it was not the last line
		}
		if n == 1 {
			var h header
			if err := json.Unmarshal(lines.Bytes(), &h); err != nil || h.Version != version {
				return nil, fmt.Errorf("%s:1: this is no recording of localdev's, version %d", path, version)
			}
			continue
		}
		e := event{line: n}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			broken = fmt.Errorf("%s:%d: %w", path, n, err)
			continue
		}
		switch {
		case e.Kind == kindOpen && !opened[e.Conn]:
			opened[e.Conn] = true
		case e.Kind == kindOpen || !opened[e.Conn]:
			return nil, fmt.Errorf("%s:%d: connection %d must open once, before anything else", path, n, e.Conn)
		case e.Kind != kindAnswer && e.Kind != kindClient && e.Kind != kindServer && e.Kind != kindClose:
			return nil, fmt.Errorf("%s:%d: unknown event %q", path, n, e.Kind)
		}
		s.events = append(s.events, e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(s.events) == 0 {
		return nil, fmt.Errorf("%s: nothing is recorded in it", path)
	}
	return s, nil
}

// encode returns v as one line.
func encode(v any) ([]byte, error) {
	var line bytes.Buffer
	to := json.NewEncoder(&line)
	to.SetEscapeHTML(false)
	err := to.Encode(v)
	return line.Bytes(), err
}
