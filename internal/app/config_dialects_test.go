package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-rtc/parley/internal/app"
)

func TestDialectsAreThoseNamed(t *testing.T) {
	for value, want := range map[string][]string{
		"":                          app.AllDialects(),
		"parley,y-webrtc,peerjs":    {"parley", "y-webrtc", "peerjs"},
		" peerjs , y-webrtc,parley": {"parley", "y-webrtc", "peerjs"},
		"parley":                    {"parley"},
		"y-webrtc":                  {"parley", "y-webrtc"},
		"peerjs,":                   {"parley", "peerjs"},
	} {
		got, err := parse(map[string]string{"DIALECTS": value})
		if diff := cmp.Diff(want, got.Dialects); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got)\n%s", value, err, diff)
		}
		for _, name := range app.AllDialects() {
			if got.Serves(name) != slices.Contains(want, name) {
				t.Errorf("%q: serves %s: %v", value, name, got.Serves(name))
			}
		}
	}
}

func TestWrongDialectsAreToldWhatThereIs(t *testing.T) {
	for value, words := range map[string]string{
		"xmpp":              `"xmpp"`,
		"parley.v1":         `"parley.v1"`,
		"PeerJS":            `"PeerJS"`,
		"parley y-webrtc":   `"parley y-webrtc"`,
		"peerjs,parley,SIP": `"SIP"`,
		"peerjs, peerjs":    "peerjs is named twice",
		"parley,parley":     "parley is named twice",
	} {
		_, err := parse(map[string]string{"DIALECTS": value})
		if err == nil || !strings.Contains(err.Error(), words) || !strings.Contains(err.Error(), strings.Join(app.AllDialects(), ", ")) {
			t.Errorf("%q: got %v", value, err)
		}
	}
}

func TestPeerJSKeyIsWhatAClientCanSend(t *testing.T) {
	longest := strings.Repeat("k", 256)
	for value, want := range map[string]string{"": "peerjs", "my-app_2.0~": "my-app_2.0~", longest: longest} {
		if got, err := parse(map[string]string{"PEERJS_KEY": value}); err != nil || got.PeerJSKey != want {
			t.Errorf("%q: got %q, %v", value, got.PeerJSKey, err)
		}
	}
	for _, value := range []string{" ", "a b", "a&b", "a/b", "a%20b", "schlüssel", "a\n", longest + "k"} {
		if _, err := parse(map[string]string{"PEERJS_KEY": value}); err == nil || !strings.Contains(err.Error(), "PEERJS_KEY") {
			t.Errorf("%q: got %v", value, err)
		}
	}
}

func TestMessageFunctionIsAFunction(t *testing.T) {
	for _, value := range []string{"", "calls-MessageFunction-1A2B", "arn:aws:lambda:eu-west-1:123456789012:function:calls-MessageFunction-1A2B:$LATEST"} {
		if got, err := parse(map[string]string{"MESSAGE_FUNCTION": value}); err != nil || got.MessageFunction != value {
			t.Errorf("%q: got %q, %v", value, got.MessageFunction, err)
		}
	}
	for _, value := range []string{"a/b", "../x", "a b", "a?b", strings.Repeat("f", 171)} {
		if _, err := parse(map[string]string{"MESSAGE_FUNCTION": value}); err == nil || !strings.Contains(err.Error(), "MESSAGE_FUNCTION") {
			t.Errorf("%q: got %v", value, err)
		}
	}
}
