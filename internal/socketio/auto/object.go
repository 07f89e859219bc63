package auto

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// object is a JSON object, whose members stay in their order and as they were sent. Of members of one
// name the last counts, as it does for clients.
type object []member

type member struct {
	key   string
	value json.RawMessage
}

// parse reports whether that is an object.
func parse(raw json.RawMessage) (object, bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if first, err := dec.Token(); err != nil || first != json.Delim('{') {
		return nil, false
	}
	var o object
	for dec.More() {
		token, err := dec.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return nil, false
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return nil, false
		}
		o = append(o, member{key, value})
	}
	return o, true
}

func (o object) get(key string) (json.RawMessage, bool) {
	for _, m := range slices.Backward(o) {
		if m.key == key {
			return m.value, true
		}
	}
	return nil, false
}

// text returns a member that is a string or a number.
func (o object) text(key string) string {
	value, _ := o.get(key)
	return text(value)
}

// set changes a member, or adds it at the end.
func (o object) set(key string, value json.RawMessage) object {
	there := false
	for i := range o {
		if o[i].key == key {
			o[i].value, there = value, true
		}
	}
	if there {
		return o
	}
	return append(o, member{key, value})
}

func (o object) encode() json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(encode(m.key))
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// text returns what is a string or a number, and "" for anything else.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// encode writes strings and lists of them as JSON, with < > & as they are.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return json.RawMessage("null")
	}
	return json.RawMessage(strings.TrimSuffix(b.String(), "\n"))
}
