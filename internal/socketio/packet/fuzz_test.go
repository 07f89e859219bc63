package packet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/socketio/packet"
)

// FuzzDecode has every frame either refused with an Error or understood so that it is understood the
// same when it is written again.
func FuzzDecode(f *testing.F) {
	for _, frame := range []string{
		"2probe", "40/a?b,{}", `42/a,7["a",{"b":[1,"]"]}]`, `452-1["a",{"_placeholder":true,"num":1}]`, "b4AQID", `44"a"`,
		`451-["a",{"\u005fplaceholder":true,"num":0,"x":{"_placeholder":true,"num":0}}]`, `42[1e-7,"\ud800"]`,
	} {
		f.Add(frame, true)
	}
	f.Fuzz(func(t *testing.T, frame string, old bool) {
		v := packet.V4
		if old {
			v = packet.V3
		}
		first, err := packet.Decode(v, []byte(frame))
		if err != nil {
			if !errors.As(err, new(packet.Error)) {
				t.Fatal(err)
			}
			return
		}
		p := first.Packet
		switch p.Kind {
		case packet.KindEvent, packet.KindBinaryEvent:
			name, args, err := p.Event()
			if err != nil {
				return
			}
			frames, err := packet.Event(v, p.Namespace, p.ID, name, args, make([]string, p.Attachments))
			same(t, v, p, args, frames, err)
		case packet.KindAck, packet.KindBinaryAck:
			frames, err := packet.Ack(v, p.Namespace, p.ID, p.Args(), make([]string, p.Attachments))
			same(t, v, p, p.Args(), frames, err)
		}
	})
}

// same fails if frames do not say what p did, less the attachments that it has no placeholder for.
func same(t *testing.T, v packet.Version, p packet.Packet, args []json.RawMessage, frames [][]byte, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	again, err := packet.Decode(v, frames[0])
	if err != nil {
		t.Fatalf("%s: %v", frames[0], err)
	}
	q := again.Packet
	if q.Namespace != p.Namespace || q.ID != p.ID || q.Attachments != len(frames)-1 || q.Attachments > p.Attachments {
		t.Fatalf("%+v became %+v", p, q)
	}
	more := q.Args()
	if p.Kind == packet.KindEvent || p.Kind == packet.KindBinaryEvent {
		before, _, _ := p.Event()
		after, _, err := q.Event()
		if err != nil || after != before {
			t.Fatalf("%q became %q: %v", before, after, err)
		}
		more = more[1:]
	}
	if len(more) != len(args) {
		t.Fatalf("%s became %s", p.Data, q.Data)
	}
	if !p.Binary() && !bytes.Equal(bytes.Join(raws(more), nil), bytes.Join(raws(args), nil)) {
		t.Fatalf("%s became %s", p.Data, q.Data)
	}
}

func raws(args []json.RawMessage) (all [][]byte) {
	for _, arg := range args {
		all = append(all, arg)
	}
	return all
}

// FuzzAssemble has no piece lost or doubled, and every packet have its attachments.
func FuzzAssemble(f *testing.F) {
	f.Add([]byte{0x01, 0x00, 0x12, 0x10, 0x20})
	f.Fuzz(func(t *testing.T, script []byte) {
		var all []packet.Piece
		for _, b := range script[:min(len(script), 64)] {
			piece := packet.Piece{At: time.UnixMilli(int64(b >> 4)), Frame: "bAQID"}
			if n := b & 15; n > 0 && n <= packet.MaxAttachments {
				piece.Frame = "451-[]"
			}
			all = append(all, piece)
		}
		for rest := all; ; {
			whole, left := packet.Assemble(rest)
			if len(whole)+len(left) != len(rest) {
				t.Fatalf("%d and %d of %d", len(whole), len(left), len(rest))
			}
			if whole == nil {
				return
			}
			if len(whole) != 2 || whole[0].Frame != "451-[]" || whole[1].Frame != "bAQID" || whole[1].At.Before(whole[0].At) {
				t.Fatalf("%v", whole)
			}
			rest = left
		}
	})
}
