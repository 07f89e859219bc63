package recipe

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/parley-rtc/parley/internal/socketio/servertest"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	good := &fstest.MapFile{Data: []byte(`{"on": {"a": [{"emit": "b"}]}}`)}
	folder := fstest.MapFS{
		"mine.yaml": good, "short.yml": good, "lobby.yaml": good, "twice.yaml": good, "twice.json": good,
		"json.json":  {Data: []byte(`{"on": {"a|b": [{"emit": "x", "args": [{"...": "$0"}]}]}}`)},
		"wrong.yaml": {Data: []byte(`{"on": {"a": [{"emitt": "b"}]}}`)},
		"plain.yaml": {Data: []byte("on:\n  a: []")},
	}
	for name, want := range map[string]string{
		"mine": "", "short": "", "json": "", "group": "",
		"lobby": "the recipe lobby.yaml has the name of a built-in one; give the file another",
		"twice": "the recipe twice is there more than once: twice.yaml, twice.json",
		"wrong": `wrong.yaml:1: unknown word "emitt" in a step; did you mean "emit"?`,
		"plain": "plain.yaml:1: this is no JSON; functions read recipes as make build packs them",
		"grup":  `there is no recipe "grup", neither built in nor as grup.yaml, .yml or .json among the project's; did you mean "group"?`,
		"../x":  `there is no recipe "../x"`,
		"":      `there is no recipe ""`,
	} {
		app, err := Load(name, folder)
		if want == "" && err == nil {
			continue
		}
		if err == nil || app != nil || !strings.HasPrefix(err.Error(), want) || want == "" {
			t.Errorf("%q: got %v, %v, want %s", name, app, err, want)
		}
	}
	if _, err := Load("lobby", nil); err != nil {
		t.Error(err)
	}
}

func TestTheBuiltInRecipesHaveTheirNames(t *testing.T) {
	t.Parallel()
	want := []string{
		"ack-list", "add-peer", "call-by-id", "call-by-name", "codelab", "group", "join-call", "lobby", "simple-signal", "zoom-clone",
	}
	if got := Names(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for _, name := range Names() {
		if _, err := Load(name, nil); err != nil {
			t.Error(err)
		}
	}
}

func TestTheBuiltInRecipesDoWhatTheirScriptsSay(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		source, _, err := Find(name, nil)
		acts, missing := os.ReadFile("testdata/builtin/" + name + ".txt")
		if err != nil || missing != nil {
			t.Error(err, missing)
			continue
		}
		play(t, name+".yaml", string(source), string(acts))
	}
}

// More than 8 strangers are not let into the lobby, and hear nothing of it.
func TestTheLobbyHasRoomForEight(t *testing.T) {
	t.Parallel()
	app, err := Load("lobby", nil)
	if err != nil {
		t.Fatal(err)
	}
	world := servertest.New(app)
	var last *servertest.Client
	for i := range 9 {
		world.Took()
		if last, err = world.Connect(t.Context(), string(rune('a'+i)), servertest.Handshake{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := last.Emit(t.Context(), "ready"); err != nil {
		t.Fatal(err)
	}
	if got := world.Lines(); !slices.Equal(got, []string{"i: full()"}) {
		t.Errorf("got %q", got)
	}
}
