package recipe

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

type kindOfNode int

const (
	scalar kindOfNode = iota
	sequence
	mapping
)

// What a scalar is.
const (
	isNull   = "null"
	isBool   = "bool"
	isInt    = "int"
	isFloat  = "float"
	isString = "string"
)

// node is a value of JSON, with its line.
type node struct {
	kind    kindOfNode
	line    int
	is      string  // of a scalar
	value   string  // of a scalar: what a string says, or how something else is written
	content []*node // of a list, or of an object: there each key before its value, as often as it comes
}

// nodes reads JSON into nodes.
type nodes struct {
	dec     *json.Decoder
	source  []byte
	counted int64 // bytes whose lines are
	line    int
}

// read returns what the source says, which has to be JSON.
func read(source []byte) (*node, error) {
	r := &nodes{dec: json.NewDecoder(bytes.NewReader(source)), source: source, line: 1}
	r.dec.UseNumber()
	return r.value()
}

func (r *nodes) value() (*node, error) {
	token, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	// No token of JSON has a line break in it.
	end := r.dec.InputOffset()
	r.line += bytes.Count(r.source[r.counted:end], []byte("\n"))
	r.counted = end
	n := &node{line: r.line}
	switch t := token.(type) {
	case json.Delim:
		n.kind = mapping
		if t == '[' {
			n.kind = sequence
		}
		return n, r.fill(n)
	case json.Number:
		n.value, n.is = t.String(), isInt
		if strings.ContainsAny(n.value, ".eE") {
			n.is = isFloat
		}
	case string:
		n.value, n.is = t, isString
	case bool:
		n.value, n.is = map[bool]string{true: "true", false: "false"}[t], isBool
	default:
		n.value, n.is = isNull, isNull
	}
	return n, nil
}

// fill reads what a list or an object holds.
func (r *nodes) fill(n *node) error {
	for r.dec.More() {
		item, err := r.value()
		if err != nil {
			return err
		}
		n.content = append(n.content, item)
	}
	_, err := r.dec.Token() // its end
	return err
}

// lineOf returns the line in which a source ceases to be JSON.
func lineOf(source []byte) int {
	var any any
	syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(source, &any))
	if !ok {
		return 1
	}
	return 1 + bytes.Count(source[:min(int(syntax.Offset), len(source))], []byte("\n"))
}
