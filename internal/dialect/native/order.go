package native

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/parley-rtc/parley/internal/jsonscan"
	"github.com/parley-rtc/parley/internal/signaling"
)

// order recognises session descriptions and ICE candidates in the data of a signal, as clients of
// their own making put them: an RTCSessionDescription or RTCIceCandidate, one with a type beside it,
// or either in a member named for it or in an envelope. What it takes for a candidate by mistake is
// late once, by a moment.
func order(data json.RawMessage) signaling.Order {
	o, inner := look(data)
	if o == signaling.Unordered && inner != nil {
		o, _ = look(inner)
	}
	return o
}

// envelopes are the members in which clients send the whole, those first that are looked into first.
var envelopes = [...]string{"signal", "payload", "data", "message"}

// look goes by the names of an object's members and by its type. A description may bring candidates
// along: it leads. The first envelope with an object in it comes with the order.
func look(data json.RawMessage) (o signaling.Order, envelope json.RawMessage) {
	if len(data) == 0 || data[0] != '{' {
		return signaling.Unordered, nil
	}
	var some [usually]jsonscan.Field
	var room [longest]byte
	var kind jsonscan.Field
	var inner [len(envelopes)]jsonscan.Field
	leads, follows := false, false
	note := func(o signaling.Order) {
		leads, follows = leads || o == signaling.Leads, follows || o == signaling.Follows
	}
	s := jsonscan.New(data)
	for _, m := range s.Fields(some[:0]) {
		name := plainName(m.Name, room[:0])
		note(orderOf(name))
		if string(name) == "type" {
			prefer(&kind, m)
		}
		for i := range envelopes {
			if string(name) == envelopes[i] {
				prefer(&inner[i], m)
			}
		}
	}
	if t, ok := jsonscan.Text(kind.Value); ok {
		note(orderOf(plainName([]byte(t), room[:0])))
	}
	for _, m := range inner {
		if envelope == nil && len(m.Value) > 0 && m.Value[0] == '{' {
			envelope = m.Value
		}
	}
	switch {
	case leads:
		return signaling.Leads, envelope
	case follows:
		return signaling.Follows, envelope
	}
	return signaling.Unordered, envelope
}

// prefer takes a member in place of one with the same plain name: of two that are one, always the
// same counts.
func prefer(m *jsonscan.Field, other jsonscan.Field) {
	if bytes.Compare(other.Name, m.Name) >= 0 {
		*m = other
	}
}

// longest is more than the names have that mean something.
const longest = 24

// plainName appends a name in lower case, without - and _.
func plainName(name, to []byte) []byte {
	for _, c := range name {
		switch {
		case c == '-' || c == '_':
			continue
		case c >= 0x80:
			return []byte(joints.Replace(strings.ToLower(string(name))))
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		to = append(to, c)
	}
	return to
}

var joints = strings.NewReplacer("-", "", "_", "")

// orderOf returns what a plain name stands for.
func orderOf(plain []byte) signaling.Order {
	switch string(plain) {
	case "sdp", "description", "offer", "answer", "pranswer", "desc", "sessiondescription", "jsep":
		return signaling.Leads
	case "candidate", "candidates", "icecandidate", "icecandidates", "ice":
		return signaling.Follows
	}
	return signaling.Unordered
}
