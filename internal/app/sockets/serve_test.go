package sockets_test

import (
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

func TestAServerOfTheProjectsOwn(t *testing.T) {
	s, loaded := packed(t, "/=lounge,/chat=mine,*=group")
	lounge := &serving{what: "in Go"}
	if err := s.Serve(map[string]server.App{"lounge": lounge}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ namespace, asked, want string }{
		{"/", "", "in Go"},
		{"/", "mine", "in Go"}, // rooms are the namespace's: nobody gets around who guards them
		{"/chat", "", "on: {}"},
		{"/chat", "lounge", "on: {}"},
		{"/more", "lounge", "in Go"}, // nobody guards these
		{"/more", "mine", "on: {}"},
	} {
		app, err := s.App(c.namespace, c.asked)
		if got, ok := app.(*serving); err != nil || !ok || got.what != c.want {
			t.Errorf("%s, asked for %q: got %+v, %v, want %s", c.namespace, c.asked, app, err, c.want)
		}
	}
	if got := strings.Join(*loaded, " "); got != "mine" {
		t.Errorf("loaded were %s", got)
	}
}

func TestAServerIsCalledNothingElse(t *testing.T) {
	for _, name := range []string{"", "auto", "none", "group", "a b", strings.Repeat("a", 65)} {
		s, _ := packed(t, "mine")
		err := s.Serve(map[string]server.App{name: &serving{}})
		if err == nil || !strings.Contains(err.Error(), "cannot be called") {
			t.Errorf("%q: got %v", name, err)
		}
	}
	s, _ := packed(t, "lounge")
	if err := s.Serve(nil); err == nil || !strings.Contains(err.Error(), "SOCKETIO_RECIPE: the recipe lounge") {
		t.Errorf("got %v of a server that was not built in", err)
	}
}
