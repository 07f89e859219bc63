package parley

import (
	"bytes"
	"encoding/json"
)

// encode makes JSON of what an application says. A json.RawMessage passes as it is, without its
// spaces.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // which makes it larger, and nothing safer here
	if err := enc.Encode(v); err != nil {
		return nil, &Error{Reason: ErrBadRequest, Message: "not to be had as JSON", Err: err}
	}
	return bytes.ToValidUTF8(bytes.TrimSuffix(b.Bytes(), []byte("\n")), []byte("\ufffd")), nil
}
