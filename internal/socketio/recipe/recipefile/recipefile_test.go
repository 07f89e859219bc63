package recipefile_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/parley-rtc/parley/internal/socketio/recipe"
	"github.com/parley-rtc/parley/internal/socketio/recipe/recipefile"
	"github.com/parley-rtc/parley/localdev/yamljson"
)

var update = os.Getenv("UPDATE_RECIPES") != ""

// Functions have the built-in recipes that people read. UPDATE_RECIPES=1 makes them anew.
func TestTheBuiltInRecipesArePacked(t *testing.T) {
	sources, err := filepath.Glob("../builtin/*.yaml")
	if err != nil || !update && len(sources) != len(recipe.Names()) {
		t.Fatalf("%d recipes, and %q: %v", len(sources), recipe.Names(), err)
	}
	for _, file := range sources {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		source, err := recipefile.Source(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(source, []byte("# ")) || !bytes.Contains(source, []byte("#   socket.on(")) && name != "simple-signal" {
			t.Errorf("%s does not begin with a comment and an example", name)
		}
		want, err := yamljson.Convert(source)
		if err != nil {
			t.Fatal(err)
		}
		if update {
			if err := os.WriteFile("../packed/"+name+".json", want, 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, _, err := recipe.Find(name, nil); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not packed as it is written: %v; run this test with UPDATE_RECIPES=1", name, err)
		}
		if about, err := recipefile.About(name); err != nil || about == "" {
			t.Errorf("%s: got %q, %v", name, about, err)
		}
	}
	if _, err := recipefile.Source("grup"); err == nil || !strings.Contains(err.Error(), `did you mean "group"?`) {
		t.Errorf("got %v", err)
	}
}

// What is wrong is told with its file and line, before a recipe is packed and after.
func TestCheck(t *testing.T) {
	good, wrong := []byte("on:\n  a: [{emit: b}]\n"), []byte("on:\n  a:\n    - {emitt: b}\n")
	packed, err := yamljson.Convert(wrong)
	if err != nil {
		t.Fatal(err)
	}
	folder := fstest.MapFS{
		"good.yaml": {Data: good}, "wrong.yml": {Data: wrong}, "packed.yml": {Data: packed},
		"none.yaml": {Data: []byte("on:\n\t- a\n")}, "long.yaml": {Data: bytes.Repeat([]byte(" "), recipe.MaxSource+1)},
	}
	for name, want := range map[string]string{
		"good": "", "group": "", "nobody": `there is no recipe "nobody"`,
		"wrong":  `wrong.yml:3: unknown word "emitt" in a step; did you mean "emit"?`,
		"packed": `packed.yml:3: unknown word "emitt" in a step; did you mean "emit"?`,
		"none":   "none.yaml:2: this is neither YAML nor JSON",
		"long":   "long.yaml:1: the recipe is 65537 bytes long, the limit is 65536",
	} {
		if err := recipefile.Check(name, folder); (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

// A recipe that is packed does what it says, and tells of the lines of its source.
func TestPack(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "recipes")
	if err := errors.Join(recipefile.Pack(from, to), recipefile.Pack(filepath.Join(from, "nowhere"), to)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a folder of nothing: %v", err)
	}
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(from, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("mine.yaml", "# mine\non:\n  a:\n    - emit: b\n      args: [{then: yes, $0: x}]\n")
	put("other.json", "{\n\t\"on\": {}}")
	put("README.md", "no recipe")
	if err := recipefile.Pack(from, to); err != nil {
		t.Fatal(err)
	}
	_, err := recipe.Load("mine", os.DirFS(to))
	if err == nil || !strings.HasPrefix(err.Error(), `mine.yaml:5: unknown operator "$0"`) {
		t.Errorf("got %v", err)
	}
	if _, err := recipe.Load("other", os.DirFS(to)); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(to); err != nil || len(entries) != 2 {
		t.Errorf("got %v, %v", entries, err)
	}
	put("broken.yml", "on: [")
	if err := recipefile.Pack(from, to); err == nil || !strings.Contains(err.Error(), "broken.yml:1: this is neither YAML nor JSON") {
		t.Errorf("got %v", err)
	}
}
