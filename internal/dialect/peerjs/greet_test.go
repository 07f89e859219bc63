package peerjs

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/parley-rtc/parley/internal/signaling"
)

func TestAHandshakeIsKnownByItsQuery(t *testing.T) {
	for _, tt := range []struct {
		query, offers string
		mine          bool
	}{
		{"key=peerjs&id=a&token=t&version=1.5.5", "", true},
		{"key=peerjs&id=a&token=t", "", true},
		{"p=/peerjs?key=peerjs&id=a&token=t", "", true},
		{"p=/peerjs&id=a&token=t", "", false},
		{"key=&id=&token=", "", true},
		{"key=peerjs&id=a&version=1.5.5", "", true},
		{"id=a&token=t&version=1.5.5", "", false},
		{"id=a&token=t&version=1.5.5&path=%2Fmyapp%2Fpeerjs", "", true},
		{"key=peerjs&version=1.5.5", "", false},
		{"token=t", "", false},
		{"id=a&token=t", "", false},
		{"key=peerjs&id=a&token=t&version=1.5.5", "sip", false},
		{"dialect=peerjs", "", true},
		{"dialect=y-webrtc", "", false},
	} {
		query, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		h := signaling.Handshake{Query: query, Header: http.Header{}}
		if tt.offers != "" {
			h.Header.Set("Sec-WebSocket-Protocol", tt.offers)
		}
		if _, mine := New("peerjs", false).Greet(h); mine != tt.mine {
			t.Errorf("%s %s: got %v", tt.query, tt.offers, mine)
		}
	}
}
