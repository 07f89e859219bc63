package gobuild_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/gobuild"
)

func TestBuildMakesAProgram(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"fn/main.go": `package main; func main() { println("one") }`})
	binary := p.build(t, "fn")
	if got := run(t, binary); got != "one\n" {
		t.Errorf("got %q from the program, want one", got)
	}
	if base := filepath.Base(binary); base != "bootstrap" {
		t.Errorf("got a program named %q, want bootstrap", base)
	}
	p.put(t, "fn/main.go", `package main; func main() { println("two") }`)
	if again := p.build(t, "fn"); again != binary {
		t.Errorf("got %s, then %s: the place of a function's binary does not change", binary, again)
	}
	if got := run(t, binary); got != "two\n" {
		t.Errorf("got %q after the change, want two", got)
	}
}

// A second run of localdev must not wait for the go command.
func TestUpToDateBuildDoesNotNeedGo(t *testing.T) {
	p := newProject(t, map[string]string{"fn/main.go": "package main; func main() {}"})
	binary := p.build(t, "fn")
	t.Setenv("PATH", t.TempDir())
	got, err := gobuild.New(p.cache).Build(t.Context(), filepath.Join(p.dir, "fn"))
	if err != nil || got != binary {
		t.Errorf("got %q, %v, want the binary as it is", got, err)
	}
	p.put(t, "fn/main.go", "package main; func main() { println() }")
	_, err = gobuild.New(p.cache).Build(t.Context(), filepath.Join(p.dir, "fn"))
	if err == nil || !strings.Contains(err.Error(), "no go command on PATH") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want one line that says what is missing", err)
	}
}

// Templates in folders of their own may share what is built, by symbolic links.
func TestTheCacheIsOneWhicheverWayLeadsThere(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"fn/main.go": "package main; func main() {}"})
	p.build(t, "fn")
	link := filepath.Join(t.TempDir(), "cache")
	if err := os.Symlink(p.cache, link); err != nil {
		t.Fatal(err)
	}
	if !gobuild.New(link).Fresh(filepath.Join(p.dir, "fn")) {
		t.Error("what is built is built again")
	}
}

func TestCompileErrorIsShortAndHasItsPlace(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{
		"functions/fn/main.go": "package main\n\nimport \"example.com/app/internal/x\"\n\nfunc main() { x.X() }\n",
		"internal/x/x.go":      "package x\n\nfunc X() {}\n",
	})
	binary := p.build(t, "functions/fn")
	p.put(t, "internal/x/x.go", "package x\n\nfunc X() { undefined1() }\n")
	dir := filepath.Join(p.dir, "functions", "fn")
	_, err := p.builder.Build(t.Context(), dir)
	if err == nil || err.Error() != "internal/x/x.go:3:12: undefined: undefined1" {
		t.Errorf("got %v", err)
	}
	if got := run(t, binary); got != "" {
		t.Errorf("got %q from the old binary, which should be there still", got)
	}
	if !p.builder.Fresh(dir) {
		t.Error("the same sources would fail again: that needs no second build")
	}
	if p.sibling().Fresh(dir) {
		t.Error("a failed build made the old binary look up to date")
	}
	p.put(t, "internal/x/x.go", "package x\n\nfunc X() {}\n")
	if _, err := p.builder.Build(t.Context(), dir); err != nil {
		t.Errorf("got %v after the repair", err)
	}
}

func TestWhatCannotBeBuilt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, file, text, want string }{
		{"a library", "fn/lib.go", "package lib", "fn is package lib: a function is a main package"},
		{"a package that is not there", "fn/main.go", "package main\nimport _ \"example.com/app/none\"\nfunc main() {}", "fn/main.go:2:8: no required module provides package example.com/app/none"},
		{"a syntax error", "fn/main.go", "package main\nfunc main() {", "fn/main.go:2:14: syntax error"},
		{"a folder without Go", "fn/readme", "nothing", "no Go files"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, map[string]string{tt.file: tt.text})
			_, err := p.builder.Build(t.Context(), filepath.Join(p.dir, "fn"))
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "# ") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// A function instance may start, or run, in the moment of the swap.
func TestNewBinaryDoesNotDisturbARunningOne(t *testing.T) {
	t.Parallel()
	source := `package main; import "os"; func main() { os.Stdout.WriteString("up\n"); os.Stdin.Read(make([]byte, 1)); println("VERSION") }`
	p := newProject(t, map[string]string{"fn/main.go": strings.Replace(source, "VERSION", "old", 1)})
	binary := p.build(t, "fn")
	cmd := exec.CommandContext(t.Context(), binary)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs strings.Builder
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "up\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	p.put(t, "fn/main.go", strings.Replace(source, "VERSION", "new", 1))
	p.build(t, "fn")
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || errs.String() != "old\n" {
		t.Errorf("got %q, %v from the program that ran on, want old", errs.String(), err)
	}
}

// While a build goes on, new instances start from the binary that is there: it is never missing and never half written.
func TestProgramCanStartAtAnyMoment(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"fn/main.go": `package main; func main() { println("old") }`})
	binary := p.build(t, "fn")
	built := make(chan error, 1)
	p.put(t, "fn/main.go", `package main; func main() { println("new") }`)
	go func() {
		_, err := p.builder.Build(t.Context(), filepath.Join(p.dir, "fn"))
		built <- err
	}()
	for {
		if got := run(t, binary); got != "old\n" && got != "new\n" {
			t.Fatalf("got %q from a start during the build", got)
		}
		select {
		case err := <-built:
			if err != nil || run(t, binary) != "new\n" {
				t.Errorf("got %v, want the new program", err)
			}
			return
		default:
		}
	}
}

func TestBuildsOfOnePackageRunOnce(t *testing.T) {
	log := countGo(t)
	p := newProject(t, map[string]string{"fn/main.go": "package main; func main() {}"})
	var builds sync.WaitGroup
	for range 4 {
		builds.Go(func() {
			if _, err := p.builder.Build(t.Context(), filepath.Join(p.dir, "fn")); err != nil {
				t.Error(err)
			}
		})
	}
	builds.Wait()
	if got := log(); !slices.Equal(got, []string{"build", "list"}) {
		t.Errorf("go ran as %v, want one build and one list", got)
	}
}

func TestCancelledBuild(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"fn/main.go": "package main; func main() {}"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.builder.Build(ctx, filepath.Join(p.dir, "fn")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	p.build(t, "fn")
}

func TestFoldersOfTheSameNameHaveTheirOwnBinaries(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{
		"a/fn/main.go": `package main; func main() { println("a") }`,
		"b/fn/main.go": `package main; func main() { println("b") }`,
	})
	a, b := p.build(t, "a/fn"), p.build(t, "b/fn")
	if run(t, a) != "a\n" || run(t, b) != "b\n" {
		t.Errorf("got the same program at %s and %s", a, b)
	}
}

func run(t *testing.T, binary string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), binary).CombinedOutput()
	if err != nil {
		t.Fatalf("run %s: %v", binary, err)
	}
	return string(out)
}

// countGo puts a go command on PATH that notes what it is called for; the function returned gives the notes, sorted.
func countGo(t *testing.T) func() []string {
	t.Helper()
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	script := "#!/bin/sh\necho \"$1\" >>'" + log + "'\nexec '" + tool + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return func() []string {
		f, err := os.Open(log)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		text, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Fields(string(text))
		slices.Sort(words)
		return words
	}
}

// A template may have its functions built under tags of its own, beside another that has none of them.
func TestBuildTagsChooseTheSources(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{
		"fn/main.go":    "package main\n\nfunc main() { println(what()) }\n",
		"fn/with.go":    "//go:build demo\n\npackage main\n\nimport \"example.com/app/demo\"\n\nfunc what() string { return demo.What }\n",
		"fn/without.go": "//go:build !demo && lambda.norpc\n\npackage main\n\nfunc what() string { return \"plain\" }\n",
		"demo/demo.go":  "package demo\n\nconst What = \"demo\"\n",
	})
	dir := filepath.Join(p.dir, "fn")
	demo := gobuild.New(p.cache, "demo")
	for range 2 {
		for builder, want := range map[*gobuild.Builder]string{p.builder: "plain\n", demo: "demo\n"} {
			binary, err := builder.Build(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			if got := run(t, binary); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
	if other := gobuild.New(p.cache, "demo"); !other.Fresh(dir) || !p.sibling().Fresh(dir) {
		t.Error("one build made the other look old")
	}
	p.put(t, "demo/demo.go", "package demo\n\nconst What = \"another\"\n")
	if demo.Fresh(dir) || !p.builder.Fresh(dir) {
		t.Error("what only the tag brings in does not count, or counts without it")
	}
}
