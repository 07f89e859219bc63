package native

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/parley-rtc/parley/internal/signaling"
)

// order recognises session descriptions and ICE candidates in the data of a signal, as clients of their own making put
// them: an RTCSessionDescription or RTCIceCandidate, one with a type beside it, or either in a member named for it or in an
// envelope. What it takes for a candidate by mistake is late once, by a moment.
func order(data json.RawMessage) signaling.Order {
	f, ok := members(data)
	if !ok {
		return signaling.Unordered
	}
	if o := f.order(); o != signaling.Unordered {
		return o
	}
	for _, envelope := range []string{"signal", "payload", "data", "message"} {
		if inner, ok := members(f[envelope]); ok {
			return inner.order()
		}
	}
	return signaling.Unordered
}

// members returns the members of an object by their plain names: lower case, without - and _.
func members(raw json.RawMessage) (fields, bool) {
	if len(raw) == 0 || raw[0] != '{' {
		return nil, false
	}
	var f map[string]json.RawMessage
	if json.Unmarshal(raw, &f) != nil {
		return nil, false
	}
	plain := make(fields, len(f))
	for _, name := range slices.Sorted(maps.Keys(f)) { // of two that are one, always the same counts
		plain[plainName(name)] = f[name]
	}
	return plain, true
}

var joints = strings.NewReplacer("-", "", "_", "")

func plainName(name string) string { return joints.Replace(strings.ToLower(name)) }

// order goes by the names of an object's members and by its type. A description may bring candidates along: it leads.
func (f fields) order() signaling.Order {
	kind := ""
	if t, err := text(f, "type"); err == nil {
		kind = plainName(t)
	}
	has := func(names ...string) bool {
		for _, name := range names {
			if _, ok := f[name]; ok || kind == name {
				return true
			}
		}
		return false
	}
	switch {
	case has("sdp", "description", "offer", "answer", "pranswer", "desc", "sessiondescription", "jsep"):
		return signaling.Leads
	case has("candidate", "candidates", "icecandidate", "icecandidates", "ice"):
		return signaling.Follows
	}
	return signaling.Unordered
}
