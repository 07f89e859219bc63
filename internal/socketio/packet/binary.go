package packet

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

// decodeAttachment reads what follows the b. Clients 2.x say there that it is part of a message.
func decodeAttachment(v Version, b []byte) (string, error) {
	if v == V3 {
		if len(b) == 0 || Type(b[0]) != TypeMessage {
			return "", errNotAttaching
		}
		b = b[1:]
	}
	data := bytes.TrimSuffix(bytes.TrimSuffix(b, []byte{'='}), []byte{'='})
	if len(b)%4 != 0 || slices.ContainsFunc(data, noBase64) {
		return "", errBase64
	}
	return string(b), nil
}

func noBase64(c byte) bool {
	return (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '+' && c != '/'
}

// attachment returns the frame of one.
func attachment(v Version, base64 string) []byte {
	b := append(make([]byte, 0, 2+len(base64)), byte(TypeBinary))
	if v == V3 {
		b = append(b, byte(TypeMessage))
	}
	return append(b, base64...)
}

// check fails if one of the placeholders in the JSON stands for none of so many attachments. Who
// receives such a packet drops the connection.
func check(raw []byte, attachments int) error {
	r := renumbering{in: raw, attachments: attachments}
	return r.all()
}

// renumber numbers the placeholders in args anew, from 0 on, and returns what number each had.
func renumber(args []json.RawMessage, attachments int) (changed []json.RawMessage, used []int, err error) {
	r := renumbering{attachments: attachments}
	changed = slices.Clone(args)
	for i, arg := range args {
		r.in, r.found = arg, nil
		if err := r.all(); err != nil {
			return nil, nil, err
		}
		if r.found != nil {
			changed[i] = r.changed(&used)
		}
	}
	if len(used) > MaxAttachments {
		return nil, nil, errAttachments
	}
	return changed, used, nil
}

// placeholder is where one stands, and for which attachment.
type placeholder struct{ start, end, num int }

// renumbering is one walk through valid JSON, which recurses as deep as encoding/json finds valid.
type renumbering struct {
	in          []byte
	attachments int

	found []placeholder
	err   error
}

func (r *renumbering) all() error {
	// An object may be a placeholder only if the word is there, or letters are written as numbers.
	if bytes.Contains(r.in, []byte("_placeholder")) || bytes.Contains(r.in, []byte(`\u`)) {
		r.value(0)
	}
	return r.err
}

// changed returns the JSON with the placeholders found, and appends to used what it has not.
func (r *renumbering) changed(used *[]int) []byte {
	out, copied := make([]byte, 0, len(r.in)), 0
	for _, p := range r.found {
		at := slices.Index(*used, p.num)
		if at < 0 {
			at, *used = len(*used), append(*used, p.num)
		}
		out = append(append(out, r.in[copied:p.start]...), `{"_placeholder":true,"num":`...)
		out = append(strconv.AppendInt(out, int64(at), 10), '}')
		copied = p.end
	}
	return append(out, r.in[copied:]...)
}

// value goes through the value at i and returns where it ends.
func (r *renumbering) value(i int) int {
	switch i = blank(r.in, i); r.in[i] {
	case '{':
		return r.object(i)
	case '[':
		for i = blank(r.in, i+1); r.in[i] != ']'; {
			if i = blank(r.in, r.value(i)); r.in[i] == ',' {
				i++
			}
		}
		return i + 1
	case '"':
		return stringEnd(r.in, i)
	}
	for i < len(r.in) && !outsideScalar(rune(r.in[i])) {
		i++
	}
	return i
}

func (r *renumbering) object(start int) int {
	before, failed := len(r.found), r.err
	var is bool
	var num []byte
	i := blank(r.in, start+1)
	for r.in[i] != '}' {
		end := stringEnd(r.in, i)
		key := r.in[i+1 : end-1]
		if bytes.IndexByte(key, '\\') >= 0 {
			key = []byte(unquoted(r.in[i:end]))
		}
		i = blank(r.in, blank(r.in, end)+1) // the colon is between them
		end = r.value(i)
		switch string(key) { // of members that come twice the last counts
		case "_placeholder":
			is = string(r.in[i:end]) == "true"
		case "num":
			num = r.in[i:end]
		}
		if i = blank(r.in, end); r.in[i] == ',' {
			i = blank(r.in, i+1)
		}
	}
	if i++; !is {
		return i
	}
	// Whatever else is in it is lost, with the placeholders there.
	r.found, r.err = r.found[:before], failed
	n := number(num, int64(r.attachments)-1)
	if len(num) == 0 || digitsOf(num) != len(num) || n < 0 {
		r.err = errPlaceholder
		return i
	}
	r.found = append(r.found, placeholder{start, i, int(n)})
	return i
}
