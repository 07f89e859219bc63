package native_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/signaling"
)

// orderOf returns the order of a signal with that data.
func orderOf(t *testing.T, data, more string) signaling.Order {
	t.Helper()
	cmd, err := native.Codec{}.Decode(fmt.Appendf(nil, `{"action":"signal","room":"r","to":"b","data":%s%s}`, data, more))
	if err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return cmd.(signaling.Signal).Order
}

func TestDescriptionsLeadAndCandidatesFollow(t *testing.T) {
	for order, list := range map[signaling.Order][]string{
		signaling.Leads: {
			`{"type":"offer","sdp":"v=0"}`, `{"sdp":{"type":"offer","sdp":"v=0"}}`, `{"description":{"type":"answer","sdp":"v=0"}}`,
			`{"type":"OFFER","payload":{"sdp":{"type":"offer"}}}`, `{"type":"signal","signal":{"type":"answer","sdp":"v=0"}}`,
			`{"sdp":"v=0","candidates":[]}`, `{"Offer":"v=0"}`, `{"payload":{"description":{}}}`, `{"type":"rollback","sdp":""}`, ` {"jsep":{}}`,
		},
		signaling.Follows: {
			`{"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"x"}`,
			`{"candidate":{"candidate":"candidate:1","sdpMid":"0"}}`, `{"candidate":null}`, `{"candidates":[{"candidate":"candidate:1"}]}`,
			`{"type":"candidate","candidate":{"candidate":"candidate:1","sdpMLineIndex":0,"sdpMid":"0"}}`, `{"type":"candidate","ice":{}}`,
			`{"type":"CANDIDATE","payload":{"candidate":{}}}`, `{"type":"ice-candidate","label":0}`, `{"IceCandidate":{}}`, `{"ice_candidate":1}`,
			`{"type":"signal","signal":{"type":"candidate","candidate":{}}}`, `{"data":{"candidate":{}}}`, ` {"ice":{}}`,
		},
		signaling.Unordered: {
			`null`, `1`, `"candidate"`, `["candidate"]`, `{}`, `{"type":"chat","text":"candidate"}`, `{"type":7}`, `{"renegotiate":true}`,
			`{"signal":"candidate"}`, `{"a":{"candidate":{}}}`, `{"payload":{"payload":{"candidate":{}}}}`,
		},
	} {
		for _, data := range list {
			if got := orderOf(t, data, ""); got != order {
				t.Errorf("%s: got %d, want %d", data, got, order)
			}
			if got := orderOf(t, data, `,"n":1`); got != signaling.Unordered {
				t.Errorf("%s with a counter: got %d, and the receiver puts it in order", data, got)
			}
		}
	}
}

func FuzzOrder(f *testing.F) {
	for _, seed := range []string{
		`{"candidate":{"candidate":"x"}}`, `{"signal":{"type":"offer"}}`, `{"type":"ICE-candidate","sdp":null}`, `{"\u0063andidate":1}`, `{"a":[{}],"data":{"ice":0}}`, "{\t}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var compact bytes.Buffer
		if json.Compact(&compact, data) != nil {
			return
		}
		frame := func(data []byte) []byte {
			return fmt.Appendf(nil, `{"action":"signal","room":"r","to":"b","data":%s}`, data)
		}
		cmd, err := native.Codec{}.Decode(frame(data))
		if err != nil {
			return // nested too deep
		}
		signal := cmd.(signaling.Signal)
		if signal.Order < signaling.Unordered || signal.Order > signaling.Follows || !bytes.Equal(bytes.TrimSpace(data), signal.Data) {
			t.Fatalf("%s: %+v", data, signal)
		}
		if got := orderOf(t, compact.String(), ""); got != signal.Order {
			t.Fatalf("%s: got %d with blanks and %d without", data, signal.Order, got)
		}
	})
}
