package parley

import (
	"bytes"
	"encoding/json"
)

// comparison is what two clients tell each other after a loss, as the data of a signal without a
// number: {"parley": {…}}. An ok of the server is no proof that its message arrived: API Gateway
// takes messages for sockets that are already broken.
type comparison struct {
	seat   int64 // the room's revision when this client took its seat: what is older was meant for one before it
	got    int64 // everything of yours up to this number has come; 0 when nothing of the present run has
	before int64 // only what is below this is missing as far as is known; 0 when there is no such bound
	first  int64 // the lowest number that I can still send
	ask    bool  // answer with one of yours
}

func (c comparison) data() json.RawMessage {
	said := map[string]any{"seat": c.seat, "got": c.got, "first": c.first}
	if c.before > 0 {
		said["before"] = c.before
	}
	if c.ask {
		said["ask"] = true
	}
	raw, _ := json.Marshal(map[string]any{"parley": said}) // numbers and a flag
	return raw
}

// reserved returns what data says to our own kind, nil when it is the application's.
func reserved(data []byte) map[string]json.RawMessage {
	// Most signals are not of this kind, and some are large.
	if !bytes.Contains(data, []byte(`"parley"`)) {
		return nil
	}
	var whole, own map[string]json.RawMessage
	if json.Unmarshal(data, &whole) != nil || json.Unmarshal(whole["parley"], &own) != nil {
		return nil
	}
	return own
}

// readComparison reads one; known is false of what a newer client says to its own kind.
func readComparison(own map[string]json.RawMessage) (c comparison, known bool) {
	for name, into := range map[string]*int64{"seat": &c.seat, "got": &c.got, "first": &c.first} {
		if !readCount(own[name], into) {
			return comparison{}, false
		}
	}
	if !readCount(own["before"], &c.before) {
		c.before = 0
	}
	c.ask = string(own["ask"]) == "true"
	return c, true
}

func readCount(raw json.RawMessage, into *int64) bool {
	return len(raw) > 0 && raw[0] != 'n' && json.Unmarshal(raw, into) == nil && *into >= 0 && *into <= maxNumber
}
