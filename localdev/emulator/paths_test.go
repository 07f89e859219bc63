package emulator_test

import (
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func TestAPIMappings(t *testing.T) {
	w := startFront(t, func(o *emulator.Options) {
		o.Maps, o.NoFront = []string{"peerjs", "prod/peerjs/", "socket.io", "live", "chat"}, true
	})
	run(t, "their paths are the stage", func(t *testing.T) {
		for path, want := range map[string]int{
			"/live": 101, "/chat": 101, "/chat/deep?a=1": 101, "/": 101, "/peerjs?key=k": 101, "/prod/peerjs": 101,
			"/socket.io?EIO=4&transport=websocket": 101, "/socket.io/?EIO=4&transport=websocket": 101, "/socketxio": 403, "/chat/": 101,
			"/chat/other": 403, "/prod": 403, "/peerjs/deeper": 403, "/peerjsx": 403, "/x": 403, "/_localdev": 200,
		} {
			if resp, body := w.handshake(path); resp.StatusCode != want {
				t.Errorf("%s: got %s %s, want %d", path, resp.Status, body, want)
			}
		}
	})
	run(t, "and have its @connections", func(t *testing.T) {
		c := w.dialAt(t, "/peerjs")
		for _, path := range []string{"/peerjs", "/chat", "/chat/deep", "/live", ""} {
			if resp, body := w.http("POST", path+"/@connections/"+c.id, path); resp.StatusCode != 200 {
				t.Errorf("%s: got %s %s", path, resp.Status, body)
			} else if got := c.text(); got != path {
				t.Errorf("got %q, want %q", got, path)
			}
		}
	})
	run(t, "the page stays where it is", func(t *testing.T) {
		if resp, body := w.http("GET", "/", ""); resp.StatusCode != 200 || !strings.Contains(body, "<html") {
			t.Errorf("got %s %s", resp.Status, body)
		}
		if resp, _ := w.http("GET", "/peerjs", ""); resp.StatusCode != 426 {
			t.Errorf("GET without an upgrade: got %s, want 426", resp.Status)
		}
	})
	if said := strings.Count(w.log.String(), "a slash at the end of its path is taken here"); said != 1 {
		t.Errorf("of the slash at the end %d warnings, want one", said)
	}
	if !strings.Contains(w.log.String(), "the path /_localdev of an API mapping is something else here already") {
		t.Error("nothing is said of the one that cannot be")
	}
}

func TestMappingsThatCannotBe(t *testing.T) {
	for name, want := range map[string]string{
		"": "want a name such as peerjs", "a b": "want a name such as", "a//b": "want a name such as", "../x": "want a name such as",
		"a?b": "want a name such as", "_localdev/x": "something else already", "2015-03-31/functions": "something else already",
	} {
		_, err := emulator.Start(t.Context(), emulator.Options{Template: "testdata/front.yaml", Maps: []string{name}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", name, err, want)
		}
	}
	opt := emulator.Options{Template: "testdata/facts.yaml", Maps: []string{"mapped"}} // the first is another
	if _, err := emulator.Start(t.Context(), opt); err == nil || !strings.Contains(err.Error(), "something else already") {
		t.Errorf("got %v", err)
	}
}
