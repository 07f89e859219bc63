package recipe

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// A value at an event is JSON as the client wrote it; nil is a value that is missing. encoding/json
// would not keep the order of members, and not each number.

type member struct {
	key     string
	written json.RawMessage // the key, as it was; nil if it is the recipe's
	value   json.RawMessage
}

var null = json.RawMessage("null")

// orNull is what stands in a list for a value that may be missing, as JSON.stringify has it.
func orNull(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return null
	}
	return raw
}

// kindOf returns what tells a value's kind: { [ " t f n, or 0 for a number and nothing.
func kindOf(raw json.RawMessage) byte {
	i := space(raw, 0)
	if i == len(raw) {
		return 0
	}
	switch c := raw[i]; c {
	case '{', '[', '"', 't', 'f', 'n':
		return c
	}
	return 0
}

// space returns where what is not space begins, from i on.
func space(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\t' || raw[i] == '\n' || raw[i] == '\r') {
		i++
	}
	return i
}

// end returns where the value ends that begins at i.
func end(raw []byte, i int) int {
	depth, quoted := 0, false
	for ; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case quoted && c == '"':
			if quoted = false; depth == 0 {
				return i + 1
			}
		case quoted:
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth < 0 {
				return i
			} else if depth == 0 {
				return i + 1
			}
		case depth == 0 && (c == ',' || c == ':' || c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			return i
		}
	}
	return len(raw)
}

// parts hands over what a list holds, or an object: there a key, then its value.
func parts(raw json.RawMessage, part func(json.RawMessage)) {
	for i := space(raw, space(raw, 0)+1); i < len(raw); {
		e := end(raw, i)
		if e == i {
			return
		}
		part(raw[i:e])
		if i = space(raw, e); i < len(raw) {
			i = space(raw, i+1)
		}
	}
}

func items(raw json.RawMessage) []json.RawMessage {
	if kindOf(raw) != '[' {
		return nil
	}
	var all []json.RawMessage
	parts(raw, func(item json.RawMessage) { all = append(all, item) })
	return all
}

func members(raw json.RawMessage) []member {
	if kindOf(raw) != '{' {
		return nil
	}
	var all []member
	var key json.RawMessage
	parts(raw, func(part json.RawMessage) {
		if key == nil {
			key = part
			return
		}
		name, _ := text(key)
		all = append(all, member{name, key, part})
		key = nil
	})
	return all
}

// find returns the member of an object, of several with one key the last, as JSON.parse does.
func find(raw json.RawMessage, key string) json.RawMessage {
	var found json.RawMessage
	for _, m := range members(raw) {
		if m.key == key {
			found = m.value
		}
	}
	return found
}

// text returns what a JSON string says.
func text(raw json.RawMessage) (string, bool) {
	if kindOf(raw) != '"' {
		return "", false
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// word is text, or a number as it is written: what names a room or an event.
func word(raw json.RawMessage) (string, bool) {
	if s, ok := text(raw); ok {
		return s, true
	}
	if _, ok := number(raw); ok {
		return string(bytes.TrimSpace(raw)), true
	}
	return "", false
}

func number(raw json.RawMessage) (float64, bool) {
	if kindOf(raw) != 0 {
		return 0, false
	}
	n, err := strconv.ParseFloat(string(bytes.TrimSpace(raw)), 64)
	return n, err == nil
}

// quote writes a string as JavaScript would: with < and & as they are.
func quote(s string) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func listOf(all []json.RawMessage) json.RawMessage {
	b := []byte{'['}
	for i, item := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, orNull(item)...)
	}
	return append(b, ']')
}

// objectOf leaves out members whose value is missing.
func objectOf(all []member) json.RawMessage {
	b := []byte{'{'}
	for _, m := range all {
		if m.value == nil {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		key := m.written
		if key == nil {
			key = quote(m.key)
		}
		b = append(append(append(b, key...), ':'), m.value...)
	}
	return append(b, '}')
}

// deep tells whether there are more lists and objects in each other than may be.
func deep(raw json.RawMessage) bool {
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// equal compares two values as JSON: numbers by what they are worth, members in any order. A value
// that is missing is null.
func equal(a, b json.RawMessage) bool {
	a, b = orNull(a), orNull(b)
	if bytes.Equal(a, b) {
		return true
	}
	if kindOf(a) != kindOf(b) {
		return false
	}
	switch kindOf(a) {
	case '"':
		x, _ := text(a)
		y, _ := text(b)
		return x == y
	case '[':
		x, y := items(a), items(b)
		if len(x) != len(y) {
			return false
		}
		for i := range x {
			if !equal(x[i], y[i]) {
				return false
			}
		}
		return true
	case '{':
		x, y := byKey(a), byKey(b)
		if len(x) != len(y) {
			return false
		}
		for key, value := range x {
			if other, ok := y[key]; !ok || !equal(value, other) {
				return false
			}
		}
		return true
	case 0:
		x, ok := number(a)
		y, also := number(b)
		return ok && also && x == y
	}
	return true // true, false and null: of one kind
}

func byKey(raw json.RawMessage) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	for _, m := range members(raw) {
		all[m.key] = m.value
	}
	return all
}
