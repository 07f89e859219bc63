package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/parley-rtc/parley/client/go/wire"
)

func TestDecodeReadsWhatTheServerSays(t *testing.T) {
	for text, want := range map[string]wire.Frame{
		`{"type":"ok","id":"7","queued":true,"n":12}`: {Type: "ok", ID: "7", Queued: true},
		`{"type":"pong","id":7}`:                      {Type: "pong"},
		`{"message":"Forbidden","connectionId":"x"}`:  {Message: "Forbidden"},
		`{"type":"peer-lost","room":"r","rev":1e1,"peer":"b","until":99}`: {
			Type: "peer-lost", Room: "r", Rev: 10, Peer: "b", Lost: 99, Peers: []wire.Entry{},
		},
		`{"type":"signal","room":"r","from":"b","data":{"a":1},"n":0}`: {
			Type: "signal", Room: "r", From: "b", Data: json.RawMessage(`{"a":1}`), HasN: true,
		},
		`{"type":"signal","room":"r","from":"b","n":"1","data":null}`: {
			Type: "signal", Room: "r", From: "b", Data: json.RawMessage(`null`),
		},
		`{"type":"error","code":"internal","retry":true,"message":"no","action":"join"}`: {
			Type: "error", Code: "internal", Retry: true, Message: "no", Action: "join",
		},
		`{"type":"ice","servers":[{"urls":"stun:a"},{"urls":["turn:b"],"username":"u","credential":"c"},{"urls":1},2],
		  "expires":5}`: {
			Type: "ice", Expires: 5,
			ICE: []wire.ICEServer{{URLs: []string{"stun:a"}}, {URLs: []string{"turn:b"}, Username: "u", Credential: "c"}},
		},
		`{"type":"joined","room":"r","peer":"a","rev":3,"seats":16,"resume":"s",
		  "peers":[{"peer":"b","lost":4,"role":"host"},{}],"waiting":[{"peer":"w","data":1}]}`: {
			Type: "joined", Room: "r", Peer: "a", Rev: 3, Seats: 16, Resume: "s", ICE: []wire.ICEServer{},
			Peers:   []wire.Entry{{Peer: "b", Lost: 4, Role: "host"}},
			Waiting: []wire.Knock{{Peer: "w", Data: json.RawMessage(`1`)}},
		},
	} {
		got, err := wire.Decode([]byte(text))
		got.Raw = nil
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s\ngot  %+v, %v\nwant %+v", text, got, err, want)
		}
	}
}

func TestDecodeRefusesWhatIsNoFrame(t *testing.T) {
	for _, text := range []string{
		``, `1`, `null`, `[]`, `{}`, `{"type":1}`, `{"type":"joined","room":"r","peer":"a"}`,
		`{"type":"signal","room":"r"}`, `{"type":"peer-left","room":"r","rev":1}`, `{"type":"kicked"}`,
		`{"type":"admitted","room":"r"}`, `{"type":"roster","room":"r","rev":1.5}`,
	} {
		if f, err := wire.Decode([]byte(text)); !errors.Is(err, wire.ErrBroken) {
			t.Errorf("%s was taken for %+v", text, f)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"type":"ok","id":"7"}`, `{"message":"Forbidden"}`,
		`{"type":"signal","room":"r","from":"b","data":{"a":[1,2]},"n":7340033}`,
		`{"type":"joined","room":"r","peer":"a","rev":3,"peers":[{"peer":"b","lost":4}],"ice":[{"urls":["turn:b"]}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := wire.Decode(text)
		if err != nil {
			return
		}
		// What is handed on is JSON, and what the standard library reads in it.
		var std map[string]any
		if json.Unmarshal(text, &std) != nil {
			t.Fatalf("%q is no object, and was taken", text)
		}
		if s, ok := std["type"].(string); ok && s != got.Type || !ok && got.Type != "" {
			t.Errorf("%q has type %v, got %q", text, std["type"], got.Type)
		}
		if got.Data != nil && !json.Valid(got.Data) || !bytes.Equal(got.Raw, text) {
			t.Errorf("%q has data %q", text, got.Data)
		}
		if n, ok := std["n"].(float64); got.HasN && (!ok || float64(got.N) != n) {
			t.Errorf("%q has n %v, got %d", text, std["n"], got.N)
		}
	})
}
