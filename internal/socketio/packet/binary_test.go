package packet_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/packet"
)

func TestPlaceholdersAreNumberedAnew(t *testing.T) {
	attachments := []string{"AA==", "AQ==", "Ag=="}
	for _, c := range []struct {
		args string
		want string // the frames, or "" for an error
	}{
		{`[1,"x"]`, `42["e",1,"x"]`},
		{`[]`, `42["e"]`},
		{`[{"_placeholder":true,"num":0}]`, `451-["e",{"_placeholder":true,"num":0}] bAA==`},
		{`[{"_placeholder":true,"num":2}]`, `451-["e",{"_placeholder":true,"num":0}] bAg==`},
		{
			`[{"b":{"_placeholder":true,"num":2}},"-",[{"num":1,"_placeholder":true}]]`,
			`452-["e",{"b":{"_placeholder":true,"num":0}},"-",[{"_placeholder":true,"num":1}]] bAg== bAQ==`,
		},
		{
			`[{"_placeholder":true,"num":1},{"_placeholder":true,"num":1}]`,
			`451-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}] bAQ==`,
		},
		{`[{ "\u005fplaceholder" : true , "n\u0075m" : 1 , "x":[] }]`, `451-["e",{"_placeholder":true,"num":0}] bAQ==`},
		{`[{"_placeholder":true,"_placeholder":false,"num":1}]`, `42["e",{"_placeholder":true,"_placeholder":false,"num":1}]`},
		{`[{"_placeholder":1,"num":1}]`, `42["e",{"_placeholder":1,"num":1}]`},
		{`["{\"_placeholder\":true,\"num\":1}"]`, `42["e","{\"_placeholder\":true,\"num\":1}"]`},
		{
			`[{"_placeholder":true,"num":1,"x":{"_placeholder":true,"num":2}},{"_placeholder":true,"num":0}]`,
			`452-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}] bAQ== bAA==`,
		},
		{`[{"__proto__":{"_placeholder":true,"num":1}}]`, `451-["e",{"__proto__":{"_placeholder":true,"num":0}}] bAQ==`},
		{`[{"_placeholder":true,"num":3}]`, ""},
		{`[{"_placeholder":true,"num":-1}]`, ""},
		{`[{"_placeholder":true,"num":0.5}]`, ""},
		{`[{"_placeholder":true,"num":"0"}]`, ""},
		{`[{"_placeholder":true}]`, ""},
		{`[{"\u005fplaceholder":true,"num":99999999999999999999}]`, ""},
	} {
		var args []json.RawMessage
		if err := json.Unmarshal([]byte(c.args), &args); err != nil {
			t.Fatal(err)
		}
		frames, err := packet.Event(packet.V4, "/", packet.NoID, "e", args, attachments)
		var all []string
		for _, frame := range frames {
			all = append(all, string(frame))
		}
		if got := strings.Join(all, " "); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: got %s, %v; want %s", c.args, got, err, c.want)
		}
	}
}

func TestAnEventHasNoMoreAttachmentsThanItsReceiverTakes(t *testing.T) {
	var args []json.RawMessage
	attachments := make([]string, packet.MaxAttachments+1)
	for i := range attachments {
		raw, err := json.Marshal(map[string]any{"_placeholder": true, "num": i})
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, raw)
	}
	if _, err := packet.Ack(packet.V4, "/", 1, args, attachments); err == nil {
		t.Error("eleven attachments were sent")
	}
	frames, err := packet.Ack(packet.V3, "/", 1, args[1:], attachments)
	if err != nil || len(frames) != 1+packet.MaxAttachments || string(frames[1]) != "b4" {
		t.Errorf("got %q, %v", frames, err)
	}
}

// Placeholders in placeholders cost what their length does, and not its square.
func TestNestedPlaceholdersAreCheap(t *testing.T) {
	const deep = 3000
	frame := "451-[\"a\"," + strings.Repeat(`{"_placeholder":true,"num":0,"x":`, deep) + "0" + strings.Repeat("}", deep) + "]"
	f, err := packet.Decode(packet.V4, []byte(frame))
	if err != nil {
		t.Fatal(err)
	}
	got := testing.AllocsPerRun(1, func() {
		name, args, err := f.Packet.Event()
		if err != nil {
			t.Fatal(err)
		}
		frames, err := packet.Event(packet.V4, "/", packet.NoID, name, args, []string{"AA=="})
		if err != nil || string(frames[0]) != `451-["a",{"_placeholder":true,"num":0}]` {
			t.Fatalf("got %.60s, %v", frames, err)
		}
	})
	if got > 100 {
		t.Errorf("%v allocations", got)
	}
}
