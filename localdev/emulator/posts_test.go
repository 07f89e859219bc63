package emulator

import (
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/rawhttp"
)

// TestWhichPostsGoWithoutNetHTTP: those that functions send, however their SDK escapes them, and no others.
func TestWhichPostsGoWithoutNetHTTP(t *testing.T) {
	f := &front{e: &Emulator{}, paths: paths{{"/peerjs/prod", 1}, {"/peerjs", 1}, {"/prod", 0}, {"", 2}}}
	for _, tt := range []struct {
		method, target string
		api            int
		id             string // "" is for net/http
	}{
		{"POST", "/prod/@connections/abc=", 0, "abc="},
		{"POST", "/prod/%40connections/abc%3D", 0, "abc%3D"},
		{"POST", "/peerjs/prod/@connections/abc=", 1, "abc="},
		{"POST", "/peerjs/@connections/abc=", 1, "abc="},
		{"POST", "/@connections/abc=", 2, "abc="},
		{"POST", "/%40connections/abc=", 0, ""}, // as paths has it
		{"GET", "/prod/@connections/abc=", 0, ""},
		{"DELETE", "/prod/@connections/abc=", 0, ""},
		{"POST", "/prod/@connections/", 0, ""},
		{"POST", "/prod/@connections", 0, ""},
		{"POST", "/prod//@connections/abc=", 0, ""},
		{"POST", "/prod/@connections/abc=/x", 0, ""},
		{"POST", "/prod/@connections/abc=?x", 0, ""},
		{"POST", "/prod2/@connections/abc=", 0, ""},
		{"POST", "/dev/@connections/abc=", 0, ""},
		{"POST", "/prod", 0, ""},
		{"POST", "/", 0, ""},
	} {
		r := &rawhttp.Request{Method: []byte(tt.method), Target: []byte(tt.target)}
		api, id := posts{f}.find(r)
		if api != tt.api || string(id) != tt.id || (posts{f}).Claims(r) != (tt.id != "") {
			t.Errorf("%s %s: got %d %q, want %d %q", tt.method, tt.target, api, id, tt.api, tt.id)
		}
	}
	f.e.opt.Switches.Signed = true
	if (posts{f}).Claims(&rawhttp.Request{Method: []byte("POST"), Target: []byte("/prod/@connections/abc=")}) {
		t.Error("a signature is checked by net/http's request")
	}
}
