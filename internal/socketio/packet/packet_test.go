package packet_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/packet"
)

func TestAFrameIsReadForWhatItIs(t *testing.T) {
	long := "/" + strings.Repeat("n", 4000)
	for _, c := range []struct {
		v     packet.Version
		frame string
		want  packet.Packet // less Version and Data
		data  string
	}{
		{packet.V4, "40", packet.Packet{Kind: '0', Namespace: "/", ID: -1}, ""},
		{packet.V4, `40{"token":"abc"}`, packet.Packet{Kind: '0', Namespace: "/", ID: -1}, `{"token":"abc"}`},
		{packet.V4, `420["join","r1"]`, packet.Packet{Kind: '2', Namespace: "/"}, `["join","r1"]`},
		{packet.V4, `42/video,0["hello",1]`, packet.Packet{Kind: '2', Namespace: "/video"}, `["hello",1]`},
		{packet.V4, `43/video,17[2]`, packet.Packet{Kind: '3', Namespace: "/video", ID: 17}, `[2]`},
		{packet.V4, `40/nope,`, packet.Packet{Kind: '0', Namespace: "/nope", ID: -1}, ""},
		{packet.V4, `40` + long + `,`, packet.Packet{Kind: '0', Namespace: long, ID: -1}, ""},
		{packet.V4, `40/a?b=c,`, packet.Packet{Kind: '0', Namespace: "/a?b=c", ID: -1}, ""},
		{packet.V3, `40/a?b=c&d=%2F,`, packet.Packet{Kind: '0', Namespace: "/a", Query: "b=c&d=%2F", ID: -1}, ""},
		{packet.V3, `40/a?b=c`, packet.Packet{Kind: '0', Namespace: "/a", Query: "b=c", ID: -1}, ""},
		{packet.V4, `429007199254740991["a"]`, packet.Packet{Kind: '2', Namespace: "/", ID: 1<<53 - 1}, `["a"]`},
		{packet.V4, `452-/a,3["a"]`, packet.Packet{Kind: '5', Namespace: "/a", ID: 3, Attachments: 2}, `["a"]`},
	} {
		f, err := packet.Decode(c.v, []byte(c.frame))
		c.want.Version, c.want.Data = c.v, f.Packet.Data
		if err != nil || f.Packet.Namespace != c.want.Namespace || string(f.Packet.Data) != c.data {
			t.Errorf("%.40s: got %+v, %v", c.frame, f.Packet, err)
			continue
		}
		if f.Packet.Kind != c.want.Kind || f.Packet.ID != c.want.ID || f.Packet.Query != c.want.Query ||
			f.Packet.Attachments != c.want.Attachments || f.Packet.Binary() != (c.want.Attachments > 0) {
			t.Errorf("%.40s: got %+v, want %+v", c.frame, f.Packet, c.want)
		}
	}
}

func TestWhatIsRefusedSaysWhy(t *testing.T) {
	deep := strings.Repeat("[", 10_001)
	for frame, want := range map[string]string{
		"":                                "empty",
		"42[\"\xff\"]":                    "UTF-8",
		"{}":                              "type of packet",
		"49":                              "type of message",
		`4211111111111111111111["a"]`:     "too large",
		`429007199254740992["a"]`:         "too large",
		`4517-["a"]`:                      "attachments",
		`4599999999999999999999-["a"]`:    "attachments",
		`40[]`:                            "payload is not what",
		`42["a"`:                          "not JSON",
		`42["a"][`:                        "not JSON",
		`42["a",` + deep:                  "not JSON",
		`451-["a",{"_placeholder":true}]`: "placeholder",
		`bA*==`:                           "base64",
	} {
		var wrong packet.Error
		_, err := packet.Decode(packet.V4, []byte(frame))
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want %s", frame, err, want)
		}
	}
	if _, err := packet.Decode(packet.V3, []byte("bAQID")); err == nil {
		t.Error("an attachment of a client 2.x was read that is not a message's")
	}
}

func TestNamesOfEvents(t *testing.T) {
	for written, want := range map[string]string{
		`"create or join"`: "create or join", `"a\n\u00e9\""`: "a\né\"", `"\ud83d\ude00"`: "😀", `"\ud83d!"`: "\ufffd!",
		`1`: "1", `-0`: "0", `1.50`: "1.5", `1e21`: "1e+21", `100000000000000000000`: "100000000000000000000", `1e-7`: "1e-7",
	} {
		name, args, err := event(packet.V4, "42["+written+`,{"__proto__":{}} , 2]`)
		if name != want || len(args) != 2 || string(args[0]) != `{"__proto__":{}}` || string(args[1]) != "2" || err != nil {
			t.Errorf("%s: got %q, %s, %v", written, name, args, err)
		}
	}
	for _, written := range []string{"", "null", "true", "{}", `["a"]`, "1e999"} {
		if _, _, err := event(packet.V4, "42["+written+"]"); !errors.As(err, new(packet.Error)) {
			t.Errorf("%s: got %v", written, err)
		}
	}
}

func TestReservedNamesAreNeitherReadNorWritten(t *testing.T) {
	for v, names := range map[packet.Version][]string{
		packet.V3: {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener", "error"},
		packet.V4: {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"},
	} {
		for _, name := range names {
			if _, _, err := event(v, `42["`+name+`"]`); !errors.Is(err, packet.ErrReserved) {
				t.Errorf("%d: %s is read: %v", v, name, err)
			}
			if _, err := packet.Event(v, "/", packet.NoID, name, nil, nil); !errors.Is(err, packet.ErrReserved) {
				t.Errorf("%d: %s is written: %v", v, name, err)
			}
		}
	}
	if _, _, err := event(packet.V4, `42["error"]`); err != nil {
		t.Errorf("4.x: error is an event as any other: %v", err)
	}
}

func event(v packet.Version, frame string) (string, []json.RawMessage, error) {
	f, err := packet.Decode(v, []byte(frame))
	if err != nil {
		return "", nil, err
	}
	return f.Packet.Event()
}

func TestAPongHasTheDataOfItsPing(t *testing.T) {
	f, err := packet.Decode(packet.V3, []byte("2probe"))
	if err != nil || f.Type != packet.TypePing || string(packet.Pong(f.Data)) != "3probe" {
		t.Errorf("got %+v, %v", f, err)
	}
}

// A relay reads one frame and writes another of its size; what it allocates is to stay that.
func TestARelayAllocatesLittle(t *testing.T) {
	frame := []byte(`42/video,7["offer",{"to":"a","sdp":"` + strings.Repeat(`v=0\r\n`, 500) + `"}]`)
	got := testing.AllocsPerRun(100, func() {
		f, err := packet.Decode(packet.V4, frame)
		if err != nil {
			t.Fatal(err)
		}
		name, args, err := f.Packet.Event()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := packet.Event(packet.V4, f.Packet.Namespace, packet.NoID, name, args, nil); err != nil {
			t.Fatal(err)
		}
	})
	if got > 8 {
		t.Errorf("%v allocations", got)
	}
}

func BenchmarkRelay(b *testing.B) {
	frame := []byte(`42["offer",{"to":"a","sdp":"` + strings.Repeat(`v=0\r\n`, 500) + `"}]`)
	b.SetBytes(int64(len(frame)))
	b.ReportAllocs()
	for b.Loop() {
		f, _ := packet.Decode(packet.V4, frame)
		name, args, _ := f.Packet.Event()
		_, _ = packet.Event(packet.V4, "/", packet.NoID, name, args, nil)
	}
}
