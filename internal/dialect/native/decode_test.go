package native_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/signaling"
)

func TestDecodeCommands(t *testing.T) {
	req := func(action string) signaling.Request { return signaling.Request{Action: action, ID: `"7"`} }
	for frame, want := range map[string]signaling.Command{
		`{"action":"join","id":"7","room":"r"}`: signaling.Join{Request: req("join"), Room: "r"},
		`{"action":"join","id":"7","room":"r","peer":"A.z0_~:@-","data": {"a" : [1]}}`: signaling.Join{
			Request: req("join"), Room: "r", Peer: "A.z0_~:@-", Data: []byte(`{"a" : [1]}`),
		},
		`{"action":"leave","id":"7","room":"r","extra":[1]}`: signaling.Leave{Request: req("leave"), Room: "r"},
		`{"action":"signal","id":"7","room":"r","to":"b","data":null,"n":12}`: signaling.Signal{
			Request: req("signal"), Room: "r", To: "b", Data: []byte("null"), N: []byte("12"),
		},
		`{"action":"signal","id":"7","room":"r","to":"b","address":"x","data":"<&>"}`: signaling.Signal{
			Request: req("signal"), Room: "r", To: "b", Address: "x", Data: []byte(`"<&>"`),
		},
		`{"action":"broadcast","id":"7","room":"r","data":1e999}`: signaling.Broadcast{Request: req("broadcast"), Room: "r", Data: []byte("1e999")},
		`{"action":"update","id":"7","room":"r","data":1,"rev":3}`: signaling.Update{
			Request: req("update"), Room: "r", Data: []byte("1"), Rev: 3,
		},
		`{"action":"update","id":"7","room":"r","data":[]}`: signaling.Update{Request: req("update"), Room: "r", Data: []byte("[]")},
		`{"action":"roster","id":"7","room":"r"}`:           signaling.ListRoster{Request: req("roster"), Room: "r"},
		`{"action":"ice","id":"7"}`:                         signaling.GetICE{Request: req("ice")},
		`{"action":"ping","id":"7"}`:                        signaling.Ping{Request: req("ping")},
		` {"action" : "ping" , "id":"7"} `:                  signaling.Ping{Request: req("ping")},
		`{"action":"p\u0069ng","id":"\ud800"}`:              signaling.Ping{Request: signaling.Request{Action: "ping", ID: `"\ud800"`}},
	} {
		got, err := native.Codec{}.Decode([]byte(frame))
		if err != nil {
			t.Errorf("%s: %v", frame, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", frame, diff)
		}
	}
}

func TestDecodeRefusals(t *testing.T) {
	long := strings.Repeat("n", 129)
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct {
		frame string
		code  signaling.Code
		says  string // in the message
		id    string // of the answer
	}{
		{``, signaling.CodeBadJSON, "not JSON", ""},
		{`hello`, signaling.CodeBadJSON, "not JSON", ""},
		{`{"action":"ping"`, signaling.CodeBadJSON, "not JSON", ""},
		{`{"action":"ping"}{}`, signaling.CodeBadJSON, "not JSON", ""},
		{`[]`, signaling.CodeBadJSON, "no object", ""},
		{`[{"action":"ping"}]`, signaling.CodeBadJSON, "no object", ""},
		{`null`, signaling.CodeBadJSON, "no object", ""},
		{`42`, signaling.CodeBadJSON, "no object", ""},
		{`"ping"`, signaling.CodeBadJSON, "no object", ""},
		{deep(10_000), signaling.CodeBadJSON, "nested", ""},
		{strings.Repeat("[", 10_000), signaling.CodeBadJSON, "nested", ""},
		{`{"action":"signal","room":"r","to":"b","data":` + deep(10_000) + `}`, signaling.CodeBadJSON, "nested", ""},
		{`{"action":"signal","room":"r","to":"b","data":` + deep(128) + `}`, signaling.CodeBadJSON, "nested", ""},
		{`{}`, signaling.CodeBadRequest, "action is missing", ""},
		{`{"id":"7"}`, signaling.CodeBadRequest, "action is missing", `"7"`},
		{`{"Action":"ping","id":"7"}`, signaling.CodeBadRequest, "action is missing", `"7"`},
		{`{"action":7,"id":"7"}`, signaling.CodeBadRequest, "action: want a string", `"7"`},
		{`{"action":null}`, signaling.CodeBadRequest, "action: want a string", ""},
		{`{"action":"ping","id":7}`, signaling.CodeBadRequest, "id: want a string", ""},
		{`{"action":"ping","id":null}`, signaling.CodeBadRequest, "id: want a string", ""},
		{`{"action":"ping","id":"` + long + `"}`, signaling.CodeBadRequest, "id:", ""},
		{`{"action":"Ping","id":"7"}`, signaling.CodeUnknownAction, "no such action", `"7"`},
		{`{"action":"` + long + `"}`, signaling.CodeUnknownAction, "no such action", ""},
		{`{"action":""}`, signaling.CodeUnknownAction, "no such action", ""},
		{`{"action":"join"}`, signaling.CodeBadRequest, "room is missing", ""},
		{`{"action":"join","room":""}`, signaling.CodeBadRequest, "room", ""},
		{`{"action":"join","room":7}`, signaling.CodeBadRequest, "room: want a string", ""},
		{`{"action":"join","room":"` + long + `"}`, signaling.CodeBadRequest, "room is 129", ""},
		{`{"action":"join","room":"r","peer":"` + long + `"}`, signaling.CodeBadRequest, "peer is 129", ""},
		{`{"action":"join","room":"r","peer":""}`, signaling.CodeBadRequest, "peer", ""},
		{`{"action":"join","room":"r","peer":null}`, signaling.CodeBadRequest, "peer: want a string", ""},
		{`{"action":"join","room":"r/s"}`, signaling.CodeBadRequest, "room", ""},
		{`{"action":"join","room":"é"}`, signaling.CodeBadRequest, "room", ""},
		{`{"action":"leave"}`, signaling.CodeBadRequest, "room", ""},
		{`{"action":"signal","room":"r","data":1}`, signaling.CodeBadRequest, "to is missing", ""},
		{`{"action":"signal","room":"r","address":"x","data":1}`, signaling.CodeBadRequest, "to is missing", ""},
		{`{"action":"signal","room":"r","to":"b"}`, signaling.CodeBadRequest, "data is missing", ""},
		{`{"action":"signal","room":"r","to":"b","address":7,"data":1}`, signaling.CodeBadRequest, "address: want a string", ""},
		{`{"action":"signal","room":"r","to":"b","data":1,"n":-1}`, signaling.CodeBadRequest, "n: want", ""},
		{`{"action":"signal","room":"r","to":"b","data":1,"n":"1"}`, signaling.CodeBadRequest, "n: want", ""},
		{`{"action":"broadcast","room":"r"}`, signaling.CodeBadRequest, "data is missing", ""},
		{`{"action":"update","room":"r"}`, signaling.CodeBadRequest, "data is missing", ""},
		{`{"action":"ice","room":"/"}`, signaling.CodeBadRequest, "room", ""},
	} {
		_, err := native.Codec{}.Decode([]byte(c.frame))
		shown := c.frame[:min(len(c.frame), 80)]
		var refusal *signaling.RequestError
		if !errors.As(err, &refusal) {
			t.Errorf("%s: got %v, want %s", shown, err, c.code)
			continue
		}
		if refusal.Err.Code != c.code || !strings.Contains(refusal.Err.Msg, c.says) || refusal.Request.ID != c.id {
			t.Errorf("%s: got %s %q for id %s, want %s with %q for id %s",
				shown, refusal.Err.Code, refusal.Err.Msg, refusal.Request.ID, c.code, c.says, c.id)
		}
	}
}

func TestDeepButBearableNestingPasses(t *testing.T) {
	frame := `{"action":"signal","room":"r","to":"b","data":` + strings.Repeat("[", 127) + `"]]{{\"["` + strings.Repeat("]", 127) + `}`
	if _, err := (native.Codec{}).Decode([]byte(frame)); err != nil {
		t.Fatal(err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"action":"join","id":"1","room":"r","peer":"a","data":{}}`, `{"action":"signal","room":"r","to":"b","address":"x","data":[1],"n":3}`,
		`{"action":"ping","id":"\u0000"}`, `[[[[`, `{"a":{"b":{}}}`, "{\"action\":\"ice\"}\x00", `"\`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		cmd, err := native.Codec{}.Decode(frame)
		var refusal *signaling.RequestError
		if (err == nil) == (cmd == nil) || err != nil && !errors.As(err, &refusal) {
			t.Fatalf("got %v and %v", cmd, err)
		}
		if err != nil {
			return
		}
		// What goes out carries what came in, to the byte, and is JSON whatever that was.
		if signal, ok := cmd.(signaling.Signal); ok {
			out, err := native.Codec{}.Encode(signaling.Signaled{Room: signal.Room, From: signal.To, Data: signal.Data, N: signal.N})
			if err != nil || !strings.Contains(string(out), fmt.Sprintf(`"data":%s`, signal.Data)) {
				t.Fatalf("%s: %v: lost %s", out, err, signal.Data)
			}
			validJSON(t, out)
		}
		answer, err := native.Codec{}.Encode(signaling.Done{Request: cmd.Req()})
		if err != nil {
			t.Fatal(err)
		}
		validJSON(t, answer)
	})
}
