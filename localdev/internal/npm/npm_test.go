package npm

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/proc"
)

// npm on PATH is a script here, as tests fetch nothing.
func TestWhatIsWholeStaysAndElseMakesRoom(t *testing.T) {
	starter := proc.NewStarter()
	defer starter.Close()
	bin := t.TempDir()
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	script := "#!/bin/sh\nmkdir node_modules && cp package.json node_modules/program\n"
	if err := os.WriteFile(filepath.Join(bin, "npm"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "node_modules", "program")
	lacking := func(dir string) error {
		_, err := os.Stat(filepath.Join(dir, "node_modules", "program"))
		return err
	}
	if err := os.MkdirAll(filepath.Join(filepath.Dir(program), "of another machine"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"first", "second"} {
		files := map[string][]byte{"package.json": []byte(content)}
		if err := Install(t.Context(), starter, dir, files, lacking, "ci"); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(program); err != nil || string(got) != "first" {
			t.Errorf("got %q, %v, want what was whole first", got, err)
		}
	}
}
