package recipe

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/script"
	"github.com/parley-rtc/parley/localdev/yamljson"
)

// Each file is a recipe, and a script with what is to come of it.
func TestRecipesDoWhatTheirScriptsSay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if len(files) == 0 || err != nil {
		t.Fatal(files, err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		recipe, acts, _ := strings.Cut(string(source), "---\n")
		play(t, filepath.Base(file), recipe, acts)
	}
}

// parse reads a recipe from YAML, as package recipefile does.
func parse(source []byte, file string) (*Recipe, error) {
	packed, err := yamljson.Convert(source)
	if wrong, ok := errors.AsType[*yamljson.Error](err); ok {
		return nil, Problems{{File: file, Line: wrong.Line, Words: wrong.Words}}
	}
	return Parse(packed, file)
}

func play(t *testing.T, name, recipe, acts string) {
	t.Helper()
	r, err := parse([]byte(recipe), name)
	if err != nil {
		t.Error(err)
		return
	}
	s, err := script.Parse([]byte(acts), name)
	if err != nil {
		t.Error(err)
		return
	}
	if lines := s.Differences(s.Play(t.Context(), r)); lines != nil {
		t.Errorf("%s:\n%s", name, strings.Join(lines, "\n"))
	}
}
