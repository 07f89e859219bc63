package peerjs

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/parley-rtc/parley/internal/signaling"
)

// oracle is the decoder by encoding/json, which was the only one.
func oracle(frame []byte) (message, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(frame, &members); err != nil || members == nil {
		return message{}, signaling.Errorf(signaling.CodeBadJSON, "the message is no JSON object")
	}
	var m message
	if json.Unmarshal(members["type"], &m.Type) != nil || actions[m.Type] == "" {
		return message{}, signaling.Errorf(signaling.CodeUnknownAction, "no such type of message")
	}
	m.Dst, m.Payload = members["dst"], members["payload"]
	if len(m.Dst) == 0 || string(m.Dst) == "null" {
		return m, signaling.Errorf(signaling.CodeBadRequest, "dst is missing")
	}
	if json.Unmarshal(m.Dst, &m.To) != nil || !isID(m.To) {
		m.To = ""
	}
	if m.negotiates() && !bytes.HasPrefix(m.Payload, []byte("{")) {
		return m, signaling.Errorf(signaling.CodeBadRequest, "payload is missing")
	}
	return m, nil
}

// FuzzDecodeMeans holds what a frame means to what the oracle says of it.
func FuzzDecodeMeans(f *testing.F) {
	const to = `"dst":"bob","payload":`
	for _, seed := range []string{
		`{"type":"OFFER",` + to + `{"sdp":{"sdp":"v=0"},"connectionId":"mc_1"}}`, `{"type":"LEAVE","dst":"bob"}`,
		`{"type":"CANDIDATE",` + to + `{"connectionId":"a","connectionId":"b"}} `, `{"type":"ANSWER",` + to + `{"connectionId":7}}`,
		`{"type":"OFFER",` + to + `[]}`, `{"type":"OFFER","dst":"bob"}`, `{"type":"EXPIRE","dst":null}`, `{"type":"EXPIRE"}`,
		`{"type":"LEAVE","dst":7}`, `{"type":"LEAVE","dst":"a/b"}`, `{"type":"LEAVE","dst":"\u0062ob","dst":"x"}`,
		`{"type":"OFFER","type":"LEAVE","dst":"bob"}`, `{"\u0074ype":"LEAVE","dst":"bob"}`, `{"Type":"LEAVE","dst":"bob"}`,
		`{"type":null,"dst":"bob"}`, `{"type":7}`, `{}`, `null`, `[]`, `"x"`, ``, `{`, `{"type":"LEAVE","dst":"bob"}x`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		got, failed := decode(frame)
		want, failure := oracle(frame)
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(failed, failure) {
			t.Fatalf("%q:\n got %+v, %v\nwant %+v, %v", frame, got, failed, want, failure)
		}
		var payload map[string]json.RawMessage
		var connection string
		if json.Unmarshal(got.Payload, &payload) != nil || json.Unmarshal(payload["connectionId"], &connection) != nil {
			connection = ""
		}
		if n := got.negotiation(); n != connection {
			t.Fatalf("%q is of the negotiation %q, want %q", frame, n, connection)
		}
	})
}
