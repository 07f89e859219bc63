package sockets_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/app/sockets"
	"github.com/parley-rtc/parley/internal/socketio/recipe"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// serving stands for the application half that a recipe makes.
type serving struct {
	server.App
	what string
}

// packed returns the sockets of a function with that setting, beside whose program the recipe mine
// lies, and the names of those that have been loaded.
func packed(t *testing.T, setting string) (s *sockets.Sockets, loaded *[]string) {
	t.Helper()
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "recipes"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "recipes", "mine.yaml"), []byte("on: {}"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := app.Parse(func(name string) string {
		return map[string]string{"CONNECTIONS_TABLE": "c", "ROOMS_TABLE": "r", "LAMBDA_TASK_ROOT": root, "SOCKETIO_RECIPE": setting}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	s, loaded = sockets.New(cfg), new([]string)
	s.Load = func(name string, folder fs.FS) (server.App, error) {
		if name == "group" {
			return &serving{what: "built in"}, nil
		}
		*loaded = append(*loaded, name)
		text, err := fs.ReadFile(folder, name+".yaml")
		return &serving{what: string(text)}, err
	}
	return s, loaded
}

func TestARecipeIsLoadedOnce(t *testing.T) {
	s, loaded := packed(t, "/=mine,/more=mine,/old=none")
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	for _, namespace := range []string{"/", "/more", "/"} {
		got, err := s.App(namespace, "")
		if mine, ok := got.(*serving); err != nil || !ok || mine.what != "on: {}" {
			t.Errorf("%s: got %+v, %v", namespace, got, err)
		}
	}
	if _, err := s.App("/old", "mine"); !errors.Is(err, server.ErrNoNamespace) {
		t.Errorf("got %v of a namespace that is refused", err)
	}
	if len(*loaded) != 1 {
		t.Errorf("it was loaded as %q", *loaded)
	}
}

// TestAMistakeInARecipeIsNoRecipeThatIsNotThere: whoever has just written it looks for the mistake.
func TestAMistakeInARecipeIsNoRecipeThatIsNotThere(t *testing.T) {
	s, _ := packed(t, "auto")
	s.Load, s.Folder = recipe.Load, fstest.MapFS{"mine.yaml": {Data: []byte(`{"on": {"x": [{"jump": "high"}]}}`)}}
	for name, want := range map[string]string{"mine": "has a mistake", "yours": "there is no recipe yours"} {
		_, err := s.App("/", name)
		told, ok := errors.AsType[*server.Refusal](err)
		if !ok || !strings.Contains(told.Message, want) {
			t.Errorf("%s: a client is told %v", name, err)
		}
		if mistake := strings.Contains(err.Error(), `mine.yaml:1: unknown word "jump"`); mistake != (name == "mine") {
			t.Errorf("%s: the log is told %v", name, err)
		}
	}
}

func TestAWrongRecipeShowsWhenTheFunctionStarts(t *testing.T) {
	s, loaded := packed(t, "/=mine,/chat=another")
	err := s.Check()
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "SOCKETIO_RECIPE: the recipe another: ") {
		t.Errorf("got %v", err)
	}
	if _, err := s.App("/chat", ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := s.App("/", "mine"); err != nil {
		t.Error(err)
	}
	if got := strings.Join(*loaded, " "); got != "another another mine" {
		t.Errorf("loaded were %s: what fails is tried again", got)
	}
}
