package recipe

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/script"
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

func play(t *testing.T, name, recipe, acts string) {
	t.Helper()
	r, err := Parse([]byte(recipe), name)
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
