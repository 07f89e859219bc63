package sip

import "encoding/json"

// state is what is remembered of a connection beside the names it is listed under.
type state struct {
	Refused string `json:"refused,omitempty"` // why its token was not taken
	As      string `json:"as,omitempty"`      // the address of record whose password it has shown without registering
}

func (s state) encode() string {
	raw, _ := json.Marshal(s) // strings never fail
	return string(raw)
}

// decodeState reads what encode wrote; "" is the zero state.
func decodeState(text string) (s state, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &s)
	}
	return s, err
}
