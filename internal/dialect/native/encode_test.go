package native_test

import (
	"encoding/json"
	"testing"

	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/signaling"
)

func validJSON(t *testing.T, frame []byte) {
	t.Helper()
	if !json.Valid(frame) {
		t.Fatalf("not JSON: %s", frame)
	}
}

func TestEncode(t *testing.T) {
	req := signaling.Request{Action: "join", ID: `"7"`}
	odd := json.RawMessage("{ \"sdp\" : \"a<b>&\\r\\n\u2028é\" }")
	for want, ev := range map[string]signaling.Event{
		`{"type":"joined","id":"7","room":"r","peer":"a","rev":2,"peers":[{"peer":"b","address":"x","data":` + string(odd) + `},{"peer":"c","address":"y"}],"ice":[{"urls":["stun:s"]}],"seats":16}`: signaling.Joined{
			Request: req, Room: "r", Peer: "a", Rev: 2, Seats: 16, ICE: []signaling.ICEServer{{URLs: []string{"stun:s"}}},
			Peers: []signaling.PeerView{{Name: "b", Address: "x", Data: odd}, {Name: "c", Address: "y"}},
		},
		`{"type":"joined","room":"r","peer":"a","rev":1,"peers":[],"ice":[],"seats":2}`: signaling.Joined{Room: "r", Peer: "a", Rev: 1, Seats: 2},
		`{"type":"roster","id":"7","room":"r","rev":3,"peers":[]}`:                      signaling.RosterListed{Request: req, Room: "r", Rev: 3},
		`{"type":"joined","room":"r","peer":"a","role":"guest","rev":1,"peers":[],"ice":[],"seats":2}`: signaling.Joined{
			Room: "r", Peer: "a", Role: signaling.RoleGuest, Rev: 1, Seats: 2,
		},
		`{"type":"joined","room":"r","peer":"a","rev":1,"peers":[],"ice":[],"seats":2,"locked":true}`: signaling.Joined{
			Room: "r", Peer: "a", Rev: 1, Seats: 2, Locked: true,
		},
		`{"type":"roster","room":"r","rev":3,"peers":[],"locked":true}`: signaling.RosterListed{Room: "r", Rev: 3, Locked: true},
		`{"type":"roster","room":"r","role":"host","rev":3,"peers":[]}`: signaling.RosterListed{Room: "r", Role: signaling.RoleHost, Rev: 3},
		`{"type":"ice","servers":[{"urls":["turn:t"],"username":"u","credential":"c"}],"expires":9}`: signaling.ICEListed{
			Servers: []signaling.ICEServer{{URLs: []string{"turn:t"}, Username: "u", Credential: "c"}}, Expires: 9,
		},
		`{"type":"ice","servers":[]}`:    signaling.ICEListed{},
		`{"type":"ok","id":"7"}`:         signaling.Done{Request: req},
		`{"type":"ok","id":"7","rev":3}`: signaling.Done{Request: req, Rev: 3},
		`{"type":"pong"}`:                signaling.Pong{},
		`{"type":"error","id":"7","action":"join","code":"room-full","message":"full","retry":true}`: signaling.Failed{
			Request: req, Err: &signaling.Error{Code: signaling.CodeRoomFull, Msg: "full", Retry: true},
		},
		`{"type":"error","code":"bad-json","message":"no","retry":false}`: signaling.Failed{
			Err: &signaling.Error{Code: signaling.CodeBadJSON, Msg: "no"},
		},
		`{"type":"peer-joined","room":"r","rev":2,"peer":"b","address":"x","data":1}`: signaling.PeerJoined{
			Room: "r", Rev: 2, Peer: signaling.PeerView{Name: "b", Address: "x", Data: json.RawMessage("1")},
		},
		`{"type":"peer-updated","room":"r","rev":2,"peer":"b","data":null}`:        signaling.PeerUpdated{Room: "r", Rev: 2, Peer: "b", Data: json.RawMessage("null")},
		`{"type":"peer-left","room":"r","rev":2,"peer":"b","reason":"lost"}`:       signaling.PeerLeft{Room: "r", Rev: 2, Peer: "b", Reason: signaling.ReasonLost},
		`{"type":"signal","room":"r","from":"a","data":` + string(odd) + `,"n":3}`: signaling.Signaled{Room: "r", From: "a", Data: odd, N: json.RawMessage("3")},
		`{"type":"broadcast","room":"r","from":"a","data":1}`:                      signaling.Broadcasted{Room: "r", From: "a", Data: json.RawMessage("1")},
	} {
		got, err := native.Codec{}.Encode(ev)
		if err != nil || string(got) != want {
			t.Errorf("got\n%s (%v), want\n%s", got, err, want)
		}
		validJSON(t, got)
	}
}

// FuzzEncode holds texts to what encoding/json makes of them.
func FuzzEncode(f *testing.F) {
	for _, text := range []string{"r", "", "é", "\"\\/<>&\u2028\u2029\x7f", "\xff\x00\b\f\n\r\t", `<b>"`} {
		f.Add(text, "by", text)
		f.Add("room", text, "reason")
	}
	for c := range 256 {
		f.Add(string([]byte{byte(c)}), "by", "reason")
	}
	f.Fuzz(func(t *testing.T, room, by, reason string) {
		want, err := json.Marshal(struct {
			Type   string `json:"type"`
			Room   string `json:"room"`
			By     string `json:"by"`
			Reason string `json:"reason,omitempty"`
		}{"kicked", room, by, reason})
		if err != nil {
			t.Fatal(err)
		}
		kicked := signaling.Kicked{Room: signaling.RoomID(room), By: signaling.PeerName(by), Reason: reason}
		if got, err := (native.Codec{}).Encode(kicked); err != nil || string(got) != string(want) {
			t.Fatalf("got %s, %v, want %s", got, err, want)
		}
	})
}
