package gobuild_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/gobuild"
)

func TestFoldersBesideTheBinary(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"fn/main.go": "package main; func main() {}"})
	dir, recipes := filepath.Join(p.dir, "fn"), filepath.Join(p.dir, "recipes")
	p.build(t, "fn")
	p.put(t, "recipes/one.yaml", "1")
	builder := gobuild.New(p.cache)
	beside := func() {
		t.Helper()
		if err := builder.Beside(dir, recipes); err != nil {
			t.Fatal(err)
		}
	}
	beside()
	if builder.Fresh(dir) {
		t.Error("a folder that no build has looked at yet does not count")
	}
	reads := func(name, want string) {
		t.Helper()
		beside()
		binary, err := builder.Build(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(filepath.Dir(binary), "recipes", name))
		if err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
		if !builder.Fresh(dir) {
			t.Error("what was built a moment ago is old already")
		}
	}
	reads("one.yaml", "1")
	for name, text := range map[string]string{"one.yaml": "two", "notes.txt": "new"} {
		p.put(t, "recipes/"+name, text)
		if builder.Fresh(dir) {
			t.Errorf("that %s has changed does not count", name)
		}
		reads(name, text)
	}
	builder = gobuild.New(p.cache)
	reads("one.yaml", "two")
	if err := os.Remove(filepath.Join(recipes, "notes.txt")); err != nil || builder.Fresh(dir) {
		t.Errorf("that a file has gone does not count: %v", err)
	}
}

func TestAFolderBesideMayComeLater(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"fn/main.go": "package main; func main() {}"})
	dir := filepath.Join(p.dir, "fn")
	if err := p.builder.Beside(dir, filepath.Join(p.dir, "recipes")); err != nil {
		t.Fatal(err)
	}
	binary := p.build(t, "fn")
	if !p.builder.Fresh(dir) {
		t.Error("a folder that is not there makes the build old")
	}
	p.put(t, "recipes/one.yaml", "1")
	if p.builder.Fresh(dir) {
		t.Error("that the folder has come does not count")
	}
	if got, err := os.ReadFile(filepath.Join(filepath.Dir(binary), "recipes", "one.yaml")); err != nil || string(got) != "1" {
		t.Errorf("got %q, %v", got, err)
	}
}
