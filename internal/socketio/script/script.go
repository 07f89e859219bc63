package script

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Script is what clients do, and what is expected.
type Script struct {
	acts     []act
	lines    []string // all but comments, with JSON in one form
	expected bool
}

// act is what a client does.
type act struct {
	text   string
	client string // with its namespace
	verb   string // connects, >, leaves

	namespace string
	query     url.Values
	auth      json.RawMessage

	event string
	args  []json.RawMessage
	ack   bool
}

var form = regexp.MustCompile(`^(\S+) (connects|leaves|>|<)(?: (.*))?$`)

// Parse reads a script. It fails with FILE:LINE: words.
func Parse(source []byte, file string) (*Script, error) {
	s := &Script{}
	n := 0
	for line := range strings.Lines(string(source)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := s.add(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	return s, nil
}

func (s *Script) add(line string) error {
	if strings.HasPrefix(line, "! ") {
		s.lines, s.expected = append(s.lines, line), true
		return nil
	}
	words := form.FindStringSubmatch(line)
	if words == nil {
		return fmt.Errorf("%q: want CLIENT connects, CLIENT > EVENT [ARGUMENTS], CLIENT < EVENT [ARGUMENTS] or CLIENT leaves", line)
	}
	a := act{client: words[1], verb: words[2]}
	rest := strings.TrimSpace(words[3])
	var err error
	switch a.verb {
	case "connects":
		err = a.handshake(rest)
	case "leaves":
		if rest != "" {
			err = fmt.Errorf("there is nothing to say after leaves, and %q is there", rest)
		}
		a.text = a.client + " leaves"
	default:
		err = a.emission(rest)
	}
	if err != nil {
		return err
	}
	s.lines = append(s.lines, a.text)
	if a.verb == "<" {
		s.expected = true
	} else {
		s.acts = append(s.acts, a)
	}
	return nil
}

func (a *act) handshake(rest string) error {
	a.text = a.client + " connects"
	if rest != "" {
		a.text += " " + rest
	}
	a.namespace = "/"
	if strings.HasPrefix(rest, "/") {
		a.namespace, rest, _ = strings.Cut(rest, " ")
		a.client += a.namespace
	}
	if query, ok := strings.CutPrefix(strings.TrimSpace(rest), "?"); ok {
		query, rest, _ = strings.Cut(query, " ")
		var err error
		if a.query, err = url.ParseQuery(query); err != nil {
			return fmt.Errorf("the query: %w", err)
		}
	}
	if rest = strings.TrimSpace(rest); rest == "" {
		return nil
	}
	if a.auth = json.RawMessage(rest); !json.Valid(a.auth) {
		return fmt.Errorf("%q is no JSON; want CLIENT connects /NAMESPACE ?QUERY {AUTH}, of which each part may be left out", rest)
	}
	return nil
}

// emission reads EVENT [ARGUMENTS] ack. An event may have spaces and brackets in its name.
func (a *act) emission(rest string) error {
	a.event, a.ack = rest, false
	for at := 0; ; {
		next := strings.Index(rest[at:], " [")
		if next < 0 {
			break
		}
		at += next + 1
		args, ack := rest[at:], false
		if before, ok := strings.CutSuffix(args, " ack"); ok && !json.Valid([]byte(args)) {
			args, ack = before, true
		}
		if json.Unmarshal([]byte(args), &a.args) == nil {
			a.event, a.ack = strings.TrimSpace(rest[:at]), ack
			a.text = emitted(a.client, a.verb, a.event, a.args, a.ack)
			return nil
		}
	}
	if strings.HasSuffix(rest, "]") && strings.Contains(rest, " [") {
		return fmt.Errorf("%q does not end with a list in JSON", rest)
	}
	if before, ok := strings.CutSuffix(rest, " ack"); ok {
		a.event, a.ack = before, true
	}
	if a.event == "" {
		return fmt.Errorf("there is no event after %s", a.verb)
	}
	a.text = emitted(a.client, a.verb, a.event, nil, a.ack)
	return nil
}

// emitted is the line of an event.
func emitted(client, verb, event string, args []json.RawMessage, ack bool) string {
	line := client + " " + verb + " " + event
	if len(args) > 0 {
		list := make([]string, len(args))
		for i, arg := range args {
			list[i] = compact(arg)
		}
		line += " [" + strings.Join(list, ",") + "]"
	}
	if ack {
		line += " ack"
	}
	return line
}

func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}
