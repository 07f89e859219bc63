package parley

import (
	"bytes"
	"encoding/json"
)

// encode makes JSON of what an application says. A json.RawMessage passes as it is, without its
// spaces. What the server would refuse as nested too deep is refused here: it does not say whose
// answer that is, so the frame would be sent again and again.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // which makes it larger, and nothing safer here
	if err := enc.Encode(v); err != nil {
		return nil, &Error{Reason: ErrBadRequest, Message: "not to be had as JSON", Err: err}
	}
	raw := bytes.ToValidUTF8(bytes.TrimSuffix(b.Bytes(), []byte("\n")), []byte("\ufffd"))
	if tooDeep(raw, maxDepth-1) { // the frame is a level, too
		return nil, fail(ErrBadRequest, "nested deeper than 127 levels")
	}
	return raw, nil
}
