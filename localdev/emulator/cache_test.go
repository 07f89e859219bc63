package emulator_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func TestFolderBesideTheTemplateIsIgnoredByGit(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "template.yaml")
	write(t, file, mockTemplate)
	begin := func() { start(t, func(o *emulator.Options) { o.Template = file }) }
	begin()
	ignore := filepath.Join(filepath.Dir(file), ".localdev", ".gitignore")
	if got, err := os.ReadFile(ignore); err != nil || string(got) != "*\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := os.Remove(ignore); err != nil { // somebody wants what is in there
		t.Fatal(err)
	}
	begin()
	if _, err := os.Stat(ignore); err == nil {
		t.Error("it is there again")
	}
}
