package gobuild_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/gobuild"
)

// project is a Go module in a temporary folder, with a Builder.
type project struct {
	dir, cache string
	builder    *gobuild.Builder
}

func newProject(t testing.TB, files map[string]string) *project {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := &project{dir: filepath.Join(dir, "app"), cache: filepath.Join(dir, "cache")}
	p.builder = p.sibling()
	if _, ok := files["go.mod"]; !ok {
		p.put(t, "go.mod", "module example.com/app\n\ngo 1.26\n")
	}
	for name, text := range files {
		p.put(t, name, text)
	}
	return p
}

// sibling is the Builder of another localdev on the same cache.
func (p *project) sibling() *gobuild.Builder { return gobuild.New(p.cache) }

func (p *project) put(t testing.TB, name, text string) {
	t.Helper()
	file := filepath.Join(p.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	// A file of this very moment would count as changed during the build.
	past := time.Now().Add(-time.Minute)
	if err := os.Chtimes(file, past, past); err != nil {
		t.Fatal(err)
	}
}

func (p *project) build(t testing.TB, name string) string {
	t.Helper()
	binary, err := p.builder.Build(t.Context(), filepath.Join(p.dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

var everything = map[string]string{
	"go.mod": "module example.com/app\n\ngo 1.26\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../lib\n",
	"fn/main.go": "package main\n\nimport (\n\t\"example.com/app/internal/text\"\n\t\"example.com/app/internal/x\"\n\t\"example.com/lib\"\n)\n\n" +
		"func main() { println(text.Text, x.X, lib.Y) }\n",
	"internal/text/text.go":       "package text\n\nimport _ \"embed\"\n\n//go:embed data/text.txt\nvar Text string\n",
	"internal/text/data/text.txt": "hello",
	"internal/x/x.go":             "package x\n\nconst X = 1\n",
	"internal/x/x_test.go":        "package x\n",
	"internal/other/o.go":         "package other\n",
	"../lib/go.mod":               "module example.com/lib\n\ngo 1.26\n",
	"../lib/lib.go":               "package lib\n\nconst Y = 2\n",
	"internal/x/readme.txt":       "text",
}

func TestFresh(t *testing.T) {
	t.Parallel()
	touch := func(name string) func(*testing.T, *project, string) {
		return func(t *testing.T, p *project, _ string) {
			now := time.Now()
			if err := os.Chtimes(filepath.Join(p.dir, name), now, now); err != nil {
				t.Fatal(err)
			}
		}
	}
	put := func(name, text string) func(*testing.T, *project, string) {
		return func(t *testing.T, p *project, _ string) { p.put(t, name, text) }
	}
	remove := func(name string) func(*testing.T, *project, string) {
		return func(t *testing.T, p *project, binary string) {
			if name == "" {
				name = binary
			} else {
				name = filepath.Join(p.dir, name)
			}
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, p *project, binary string)
		want   bool
	}{
		{"nothing changed", func(*testing.T, *project, string) {}, true},
		{"the main file", touch("fn/main.go"), false},
		{"a file of a package it imports", touch("internal/x/x.go"), false},
		{"a file of a module in a folder beside", touch("../lib/lib.go"), false},
		{"an embedded file", touch("internal/text/data/text.txt"), false},
		{"go.mod", touch("go.mod"), false},
		{"the replaced module's go.mod", touch("../lib/go.mod"), false},
		{"a go.sum that was not there", put("go.sum", ""), false},
		{"a go.work that was not there", put("go.work", "go 1.26\n"), false},
		{"a nearer go.mod", put("fn/go.mod", "module example.com/fn\n"), false},
		{"a new Go file beside an imported one", put("internal/x/y.go", "package x\n"), false},
		{"a new file beside an embedded one", put("internal/text/data/new.txt", "x"), false},
		{"an imported file removed", remove("internal/x/x.go"), false},
		{"the binary removed", remove(""), false},
		{"a package that it does not import", touch("internal/other/o.go"), true},
		{"a test", touch("internal/x/x_test.go"), true},
		{"a new test", put("internal/x/y_test.go", "package x\n"), true},
		{"a text beside a package", touch("internal/x/readme.txt"), true},
		{"an editor's swap file", put("internal/x/.x.go.swp", "x"), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, everything)
			binary := p.build(t, "fn")
			tt.change(t, p, binary)
			dir := filepath.Join(p.dir, "fn")
			if got := p.builder.Fresh(dir); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
			if got := p.sibling().Fresh(dir); got != tt.want {
				t.Errorf("in another process: got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestFreshKnowsTheSettings(t *testing.T) {
	p := newProject(t, map[string]string{"fn/main.go": "package main; func main() {}"})
	p.build(t, "fn")
	t.Setenv("GOFLAGS", "-ldflags=-w")
	if p.builder.Fresh(filepath.Join(p.dir, "fn")) {
		t.Error("up to date under another GOFLAGS")
	}
}

// A file written while the compiler runs may be in the binary or not, whatever its time says later.
func TestFileChangedDuringTheBuild(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"fn/main.go": "package main; func main() {}"})
	future := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(p.dir, "fn", "main.go"), future, future); err != nil {
		t.Fatal(err)
	}
	p.build(t, "fn")
	if p.builder.Fresh(filepath.Join(p.dir, "fn")) {
		t.Error("up to date although a source is younger than the build's start")
	}
}

func TestInputs(t *testing.T) {
	t.Parallel()
	p := newProject(t, everything)
	p.build(t, "fn")
	in := p.builder.Inputs(filepath.Join(p.dir, "fn"))
	lib := filepath.Join(filepath.Dir(p.dir), "lib")
	for _, want := range []string{"fn/main.go", "internal/text/data/text.txt", "internal/x/x.go", "go.mod", "go.sum", "../lib/lib.go", "../lib/go.mod"} {
		if !slices.Contains(in.Files, filepath.Join(p.dir, want)) {
			t.Errorf("%s is missing among the files %v", want, in.Files)
		}
	}
	folders := []string{filepath.Join(p.dir, "fn"), filepath.Join(p.dir, "internal", "text"), filepath.Join(p.dir, "internal", "text", "data"), filepath.Join(p.dir, "internal", "x"), lib}
	if !slices.Equal(in.Folders, folders) {
		t.Errorf("got folders %v, want %v", in.Folders, folders)
	}
	if other := p.sibling(); len(other.Inputs(p.dir).Files) != 0 {
		t.Error("inputs without a build")
	}
}

// Where the build fails for want of a package, its folder is an input: there it will appear.
func TestInputsOfAFailedBuild(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"fn/main.go": "package main\nimport _ \"example.com/app/internal/later\"\nfunc main() {}"})
	dir := filepath.Join(p.dir, "fn")
	if _, err := p.builder.Build(t.Context(), dir); err == nil {
		t.Fatal("built without the package")
	}
	if later := filepath.Join(p.dir, "internal", "later"); !slices.Contains(p.builder.Inputs(dir).Folders, later) {
		t.Errorf("got folders %v, want %s among them", p.builder.Inputs(dir).Folders, later)
	}
	p.put(t, "internal/later/l.go", "package later\n")
	if p.builder.Fresh(dir) {
		t.Error("the missing package came, and nothing noticed")
	}
}

func BenchmarkFresh(b *testing.B) {
	p := newProject(b, everything)
	p.build(b, "fn")
	for b.Loop() {
		if !p.sibling().Fresh(filepath.Join(p.dir, "fn")) {
			b.Fatal("out of date")
		}
	}
}
