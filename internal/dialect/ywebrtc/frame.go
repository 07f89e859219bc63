package ywebrtc

import (
	"bytes"
	"encoding/json"
	"slices"

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
type members map[string]json.RawMessage

// object returns the members of a frame, nil if it is no object.
func object(raw []byte) members {
	if first := bytes.TrimLeft(raw, " \t\r\n"); len(first) == 0 || first[0] != '{' {
		return nil
	}
	var m members // and not a struct, whose fields encoding/json matches whatever their case
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}

// kind returns the type of a frame, "" if it is none of the protocol's.
func (m members) kind() string {
	kind, _ := m.text("type")
	if !slices.Contains([]string{typeSubscribe, typeUnsubscribe, typePublish, typePing}, kind) {
		return ""
	}
	return kind
}

func (m members) text(name string) (string, bool) {
	var s string
	if !bytes.HasPrefix(m[name], []byte{'"'}) || json.Unmarshal(m[name], &s) != nil {
		return "", false
	}
	return s, true
}

// has reports whether the members are exactly these.
func (m members) has(names ...string) bool {
	for _, name := range names {
		if _, ok := m[name]; !ok {
			return false
		}
	}
	return len(m) == len(names)
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
		if json.Unmarshal(m["topics"], &list) != nil {
			return frame{kind: f.kind}, signaling.Errorf(signaling.CodeBadRequest, "topics: want an array of strings")
		}
		f.topics = texts(list)
	case typePublish:
		var ok bool
		if f.topic, ok = m.text("topic"); !ok {
			return frame{kind: f.kind}, signaling.Errorf(signaling.CodeBadRequest, "topic: want a string")
		}
		f.data = m["data"]
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
		s, ok := members{"": v}.text("")
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
