package ywebrtc

import (
	"encoding/json"
	"slices"

	"github.com/parley-rtc/parley/internal/jsonscan"
	"github.com/parley-rtc/parley/internal/signaling"
)

// The types of frames that clients send.
const (
	typeSubscribe   = "subscribe"
	typeUnsubscribe = "unsubscribe"
	typePublish     = "publish"
	typePing        = "ping"
)

// frame is what a client asks for.
type frame struct {
	kind   string   // "" if it is none that there is
	topics []string // to subscribe to or not, none of them twice
	topic  string   // to publish in
	data   json.RawMessage
	raw    []byte
}

// members are those of a frame, each as it was sent.
type members jsonscan.Fields

// object returns the members of a frame, nil if it is no object.
func object(raw []byte) members {
	s := jsonscan.New(raw)
	m := s.Fields(make(jsonscan.Fields, 0, 3))
	if !s.End() {
		return nil
	}
	return members(m)
}

// kind returns the type of a frame, "" if it is none of the protocol's.
func (m members) kind() string {
	kind, _ := m.text("type")
	switch kind {
	case typeSubscribe, typeUnsubscribe, typePublish, typePing:
		return kind
	}
	return ""
}

func (m members) get(name string) json.RawMessage {
	raw, _ := jsonscan.Fields(m).Get(name)
	return raw
}

func (m members) text(name string) (string, bool) { return jsonscan.Text(m.get(name)) }

// has reports whether the members are exactly these.
func (m members) has(names ...string) bool {
	for _, name := range names {
		if _, ok := jsonscan.Fields(m).Get(name); !ok {
			return false
		}
	}
	return !slices.ContainsFunc(m, func(f jsonscan.Field) bool { return !slices.Contains(names, string(f.Name)) })
}

// decode reads a frame. What it returns beside an error has a kind at most.
func decode(raw []byte) (frame, *signaling.Error) {
	m := object(raw)
	if m == nil {
		return frame{}, signaling.Errorf(signaling.CodeBadJSON, "the frame is no JSON object")
	}
	return m.decode(raw)
}

func (m members) decode(raw []byte) (frame, *signaling.Error) {
	f := frame{kind: m.kind(), raw: raw}
	switch f.kind {
	case typeSubscribe, typeUnsubscribe:
		var list []json.RawMessage
		if json.Unmarshal(m.get("topics"), &list) != nil {
			return frame{kind: f.kind}, signaling.Errorf(signaling.CodeBadRequest, "topics: want an array of strings")
		}
		f.topics = texts(list)
	case typePublish:
		var ok bool
		if f.topic, ok = m.text("topic"); !ok {
			return frame{kind: f.kind}, signaling.Errorf(signaling.CodeBadRequest, "topic: want a string")
		}
		f.data = m.get("data")
	case "":
		return frame{}, signaling.Errorf(signaling.CodeUnknownAction,
			"type: want %s, %s, %s or %s", typeSubscribe, typeUnsubscribe, typePublish, typePing)
	}
	return f, nil
}

// texts returns those of the values that are strings, each once.
func texts(values []json.RawMessage) []string {
	var list []string
	seen := map[string]bool{}
	for _, v := range values {
		s, ok := jsonscan.Text(v)
		if ok && !seen[s] {
			seen[s] = true
			list = append(list, s)
		}
	}
	return list
}

// plain reports whether the members are those of the protocol's own clients, and of no other
// protocol's.
func (m members) plain() bool {
	switch m.kind() {
	case typeSubscribe, typeUnsubscribe:
		return m.has("type", "topics")
	case typePublish:
		return m.has("type", "topic", "data")
	case typePing:
		return m.has("type")
	}
	return false
}
