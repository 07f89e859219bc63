package gobuild_test

import (
	"os"
	"path/filepath"
	"strings"
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

// What a function reads is JSON, on the lines of the YAML, under the names of the files; when these
// change it changes, and what is no YAML is told of as the compiler tells of Go.
func TestFoldersBesideTheBinaryAsJSON(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"fn/main.go": "package main; func main() {}"})
	dir, recipes := filepath.Join(p.dir, "fn"), filepath.Join(p.dir, "recipes")
	if err := p.builder.Beside(dir, recipes); err != nil {
		t.Fatal(err)
	}
	p.put(t, "recipes/one.yaml", "a: 1")
	binary := p.build(t, "fn") // by an older template, so by a link
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(binary), "recipes", name))
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
	builder := gobuild.New(p.cache)
	if err := builder.BesideJSON(dir, recipes); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ file, text, name, want, fault string }{
		{"one.yaml", "a:\n  - 1\n", "one.yaml", "{\"a\":\n[1]}\n", ""},
		{"two.json", "{\n}", "two.json", "{\n}", ""},
		{"notes.txt", "a: 1", "notes.txt", "a: 1", ""},
		{"two.json", "{", "two.json", "{\n}", "recipes/two.json:1: this is neither YAML nor JSON: "},
		{"two.json", "{}", "two.json", "{}", ""},
	} {
		p.put(t, "recipes/"+step.file, step.text)
		if builder.Fresh(dir) {
			t.Errorf("that %s has changed does not count", step.file)
		}
		for range 2 { // the second time there is nothing to do, or the same is wrong
			_, err := builder.Build(t.Context(), dir)
			if (err == nil) != (step.fault == "") || err != nil && !strings.HasPrefix(filepath.ToSlash(err.Error()), step.fault) {
				t.Errorf("%s: got %v, want %q", step.file, err, step.fault)
			}
			if got := read(step.name); got != step.want {
				t.Errorf("%s is %q, want %q", step.name, got, step.want)
			}
		}
	}
	if got, err := os.ReadFile(filepath.Join(recipes, "one.yaml")); err != nil || string(got) != "a:\n  - 1\n" {
		t.Errorf("the source is %q, %v", got, err)
	}
	if err := os.RemoveAll(recipes); err != nil {
		t.Fatal(err)
	}
	if _, err := builder.Build(t.Context(), dir); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(binary), "recipes")); !os.IsNotExist(err) {
		t.Errorf("there is still a copy of what has gone: %v", err)
	}
}
