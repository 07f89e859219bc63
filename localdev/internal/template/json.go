package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"sort"
	"unicode/utf8"
)

var numberForm = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// jsonNumber reports whether s is a number in JSON's notation, which a YAML number such as 0x1F is
// not.
func jsonNumber(s string) bool { return numberForm.MatchString(s) }

func appendString(b []byte, s string) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}

// parseJSON reads a JSON template with the places of its values, which encoding/json does not keep.
func parseJSON(file string, data []byte) (*node, []Notice, error) {
	r := &jsonReader{file: file, data: data}
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, nil, faultf(r.pos(max(0, int(syntax.Offset)-1)), "not valid JSON: %s", syntax)
		}
		return nil, nil, faultf(pos{file: file}, "not valid JSON: %s", err)
	}
	r.dec = json.NewDecoder(bytes.NewReader(data))
	r.dec.UseNumber()
	root, err := r.value(0)
	return root, r.notices, err
}

type jsonReader struct {
	file    string
	data    []byte
	dec     *json.Decoder
	lines   []int // offset of each line's start, made when first asked for
	way     way
	notices []Notice
}

func (r *jsonReader) value(depth int) (*node, error) {
	at := r.next()
	if depth > maxDepth {
		return nil, faultf(at, "nested deeper than %d levels", maxDepth)
	}
	tok, err := r.dec.Token()
	if err != nil {
		return nil, faultf(at, "not valid JSON: %s", err)
	}
	switch v := tok.(type) {
	case json.Delim:
		if v == '[' {
			return r.list(at, depth)
		}
		return r.object(at, depth)
	case string:
		return textNode(at, v), nil
	case json.Number:
		return &node{kind: kindNumber, at: at, text: v.String()}, nil
	case bool:
		n := &node{kind: kindBool, at: at, text: "false"}
		if v {
			n.text = "true"
		}
		return n, nil
	default:
		return &node{kind: kindNull, at: at}, nil
	}
}

func (r *jsonReader) list(at pos, depth int) (*node, error) {
	n := &node{kind: kindList, at: at}
	for r.dec.More() {
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.list = append(n.list, v)
	}
	_, err := r.dec.Token()
	return n, err
}

func (r *jsonReader) object(at pos, depth int) (*node, error) {
	n := &node{kind: kindMap, at: at}
	seen := map[string]int{}
	for r.dec.More() {
		keyAt := r.next()
		tok, err := r.dec.Token()
		if err != nil {
			return nil, faultf(keyAt, "not valid JSON: %s", err)
		}
		key, _ := tok.(string)
		r.way = append(r.way, key)
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		id := r.way.id()
		r.way = r.way[:len(r.way)-1]
		r.notices = append(r.notices, n.set(seen, id, entry{key: key, at: keyAt, value: v})...)
	}
	_, err := r.dec.Token()
	return n, err
}

// next returns the place of the next token.
func (r *jsonReader) next() pos {
	i := int(r.dec.InputOffset())
	for i < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[i]) >= 0 {
		i++
	}
	return r.pos(i)
}

func (r *jsonReader) pos(offset int) pos {
	if r.lines == nil {
		r.lines = []int{0}
		for i, c := range r.data {
			if c == '\n' {
				r.lines = append(r.lines, i+1)
			}
		}
	}
	offset = min(offset, len(r.data))
	line := sort.SearchInts(r.lines, offset+1) - 1
	return pos{file: r.file, line: line + 1, col: utf8.RuneCount(r.data[r.lines[line]:offset]) + 1}
}
