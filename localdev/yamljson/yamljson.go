// Package yamljson writes YAML as JSON in which each value is on the line that it had. So a program
// that starts often can do without a reader of YAML, and still say in which line something is wrong.
package yamljson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Error is what is wrong with a text, or has no place in JSON.
type Error struct {
	Line  int
	Words string
}

func (e *Error) Error() string { return fmt.Sprintf("%d: %s", e.Line, e.Words) }

func fault(n *yaml.Node, format string, args ...any) error {
	return &Error{n.Line, fmt.Sprintf(format, args...)}
}

// Convert returns one document of YAML as JSON, and JSON as it is. Nothing is null. Keys that come
// twice do so in what it returns.
func Convert(source []byte) ([]byte, error) {
	if json.Valid(source) {
		return source, nil
	}
	root, err := read(source)
	if err != nil {
		return nil, err
	}
	w := &writer{line: 1}
	if err := w.value(root); err != nil {
		return nil, err
	}
	return append(w.out, '\n'), nil
}

func read(source []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(source))
	var document, more yaml.Node
	switch err := dec.Decode(&document); {
	case errors.Is(err, io.EOF):
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: 1}, nil
	case err != nil:
		return nil, malformed(err)
	}
	switch err := dec.Decode(&more); {
	case err == nil:
		return nil, fault(more.Content[0], "a second document begins here; a file is one")
	case !errors.Is(err, io.EOF):
		return nil, malformed(err)
	}
	return document.Content[0], nil
}

// malformed tells of what is no YAML, with what is often the reason.
func malformed(err error) error {
	e := &Error{Line: 1, Words: strings.TrimPrefix(err.Error(), "yaml: ")}
	if m := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(e.Words); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		e.Words = e.Words[len(m[0]):]
	}
	switch {
	case strings.Contains(e.Words, "alphabetic or numeric character"):
		e.Words += `; write "*" in quotes`
	case strings.Contains(e.Words, "cannot start any token"):
		e.Words += `; write ">", "@…" and "%…" in quotes, and spaces for tabs`
	}
	e.Words = "this is neither YAML nor JSON: " + e.Words
	return e
}

type writer struct {
	out  []byte
	line int
}

// at goes to the line of a value, unless it has passed that.
func (w *writer) at(n *yaml.Node) {
	for ; w.line < n.Line; w.line++ {
		w.out = append(w.out, '\n')
	}
}

func (w *writer) value(n *yaml.Node) error {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return fault(n, `& and * are not taken, as JSON has none; write a "*" in quotes`)
	case n.Style&yaml.TaggedStyle != 0:
		return fault(n, "%q is a tag to YAML; write it in quotes", strings.TrimRight(n.Tag, ",]}"))
	}
	w.at(n)
	switch n.Kind {
	case yaml.SequenceNode:
		return w.list(n.Content)
	case yaml.MappingNode:
		return w.object(n.Content)
	}
	return w.scalar(n)
}

func (w *writer) list(items []*yaml.Node) error {
	w.out = append(w.out, '[')
	for i, item := range items {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if err := w.value(item); err != nil {
			return err
		}
	}
	w.out = append(w.out, ']')
	return nil
}

func (w *writer) object(content []*yaml.Node) error {
	w.out = append(w.out, '{')
	for i := 0; i+1 < len(content); i += 2 {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		switch key := content[i]; {
		case key.Kind == yaml.SequenceNode:
			return fault(key, "a key is a word, and this is a list")
		case key.Kind == yaml.MappingNode:
			return fault(key, "a key is a word, and this is an object")
		case key.Kind == yaml.AliasNode || key.Anchor != "" || key.Style&yaml.TaggedStyle != 0:
			return w.value(key)
		default:
			w.at(key)
			w.text(key.Value)
		}
		w.out = append(w.out, ':')
		if err := w.value(content[i+1]); err != nil {
			return err
		}
	}
	w.out = append(w.out, '}')
	return nil
}

func (w *writer) scalar(n *yaml.Node) error {
	switch n.ShortTag() {
	case "!!null":
		w.out = append(w.out, "null"...)
	case "!!bool":
		var b bool
		if err := n.Decode(&b); err != nil {
			return fault(n, "%s is neither true nor false", n.Value)
		}
		w.out = strconv.AppendBool(w.out, b)
	case "!!int", "!!float":
		return w.number(n)
	default:
		w.text(n.Value)
	}
	return nil
}

// number keeps how a number is written, if JSON has that.
func (w *writer) number(n *yaml.Node) error {
	if json.Valid([]byte(n.Value)) {
		w.out = append(w.out, n.Value...)
		return nil
	}
	var number float64
	if err := n.Decode(&number); err == nil {
		if raw, err := json.Marshal(number); err == nil {
			w.out = append(w.out, raw...)
			return nil
		}
	}
	return fault(n, "%s is no number in JSON; write it in quotes if it is a text", n.Value)
}

func (w *writer) text(s string) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // of a string, into memory
	w.out = append(w.out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}
