package peerjs

import (
	"bytes"
	"encoding/json"

	"github.com/parley-rtc/parley/internal/jsonscan"
	"github.com/parley-rtc/parley/internal/signaling"
)

// The types of messages that are carried from one client to another.
const (
	offer     = "OFFER"
	answer    = "ANSWER"
	candidate = "CANDIDATE"
	leave     = "LEAVE"
	expire    = "EXPIRE"
)

// actions name the types in the log, where nothing is to look like a candidate.
var actions = map[string]string{
	offer: "offer", answer: "answer", candidate: "trickle", leave: "leave", expire: "expire",
}

// message is one that a client has sent for another.
type message struct {
	Type    string
	To      string          // the id, "" if dst is none
	Dst     json.RawMessage // as it was sent
	Payload json.RawMessage // likewise; nil if there is none
}

// decode reads a frame. The error is an *signaling.Error. Of members that come twice the last
// counts, as it does to clients.
func decode(frame []byte) (message, error) {
	s := jsonscan.New(frame)
	members := s.Fields(make(jsonscan.Fields, 0, 4))
	if !s.End() {
		return message{}, signaling.Errorf(signaling.CodeBadJSON, "the message is no JSON object")
	}
	var m message
	kind, _ := members.Get("type")
	if m.Type, _ = jsonscan.Text(kind); actions[m.Type] == "" {
		return message{}, signaling.Errorf(signaling.CodeUnknownAction, "no such type of message")
	}
	m.Dst, _ = members.Get("dst")
	m.Payload, _ = members.Get("payload")
	if len(m.Dst) == 0 || string(m.Dst) == "null" {
		return m, signaling.Errorf(signaling.CodeBadRequest, "dst is missing")
	}
	if m.To, _ = jsonscan.Text(m.Dst); !isID(m.To) {
		m.To = ""
	}
	// The client trusts that there is one, and would throw.
	if m.negotiates() && !bytes.HasPrefix(m.Payload, []byte("{")) {
		return m, signaling.Errorf(signaling.CodeBadRequest, "payload is missing")
	}
	return m, nil
}

// negotiates reports whether the message is one that a connection cannot come about without.
func (m message) negotiates() bool { return m.Type == offer || m.Type == answer || m.Type == candidate }

// negotiation names what the message is part of: two peers may connect any number of times, each time
// with a description that its candidates have to follow.
func (m message) negotiation() string {
	s := jsonscan.New(m.Payload)
	payload := s.Fields(make(jsonscan.Fields, 0, 8))
	if !s.End() {
		return "" // it is as if there were one alone
	}
	id, _ := payload.Get("connectionId")
	of, _ := jsonscan.Text(id)
	return of
}

// order returns how the message stands to others of its direction.
func (m message) order() signaling.Order {
	switch m.Type {
	case offer, answer:
		return signaling.Leads
	case candidate:
		return signaling.Follows
	}
	return signaling.Unordered
}

// from returns the frame for whom the message is for.
func (m message) from(src string) []byte {
	frame := head(m.Type, quoted(src), m.Dst)
	if m.Payload != nil {
		frame = append(append(frame, `,"payload":`...), m.Payload...)
	}
	return append(frame, '}')
}

// back returns what the sender of the message is told by whom it is for.
func (m message) back(kind, src string) []byte {
	return append(head(kind, m.Dst, quoted(src)), '}')
}

func head(kind string, src, dst []byte) []byte {
	var b bytes.Buffer
	b.WriteString(`{"type":"` + kind + `","src":`)
	b.Write(src)
	b.WriteString(`,"dst":`)
	b.Write(dst)
	return b.Bytes()
}

// quoted returns an id as JSON. Its characters stand for themselves.
func quoted(id string) []byte { return []byte(`"` + id + `"`) }

var (
	opened = []byte(`{"type":"OPEN"}`)
	taken  = []byte(`{"type":"ID-TAKEN","payload":{"msg":"ID is taken"}}`)
)

// failure returns what ends a client's attempt to open.
func failure(msg string) []byte {
	type payload struct {
		Msg string `json:"msg"`
	}
	raw, _ := json.Marshal(struct { // strings never fail
		Type    string  `json:"type"`
		Payload payload `json:"payload"`
	}{"ERROR", payload{msg}})
	return raw
}
