package watch_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-rtc/parley/localdev/internal/gobuild"
	"github.com/parley-rtc/parley/localdev/internal/watch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestChangedSourceIsRebuilt(t *testing.T) {
	t.Parallel()
	p := newProject(t, "a", "b")
	p.watch(t)
	p.put(t, "a/main.go", `package main; func main() { println("new") }`)
	c := p.next(t)
	if c.err != nil || filepath.Base(c.dir) != "a" {
		t.Fatalf("got %+v, want a rebuilt", c)
	}
	if got := run(t, c.binary); got != "new\n" {
		t.Errorf("got %q from the new binary", got)
	}
	// Had b been rebuilt too, its report would come before this one.
	p.put(t, "a/extra.go", "package main\nfunc init() { println(\"extra\") }\n")
	if c := p.next(t); filepath.Base(c.dir) != "a" || run(t, c.binary) != "extra\nnew\n" {
		t.Errorf("got %+v, want a with its new file", c)
	}
	if err := os.Remove(filepath.Join(p.dir, "a", "extra.go")); err != nil {
		t.Fatal(err)
	}
	if c := p.next(t); filepath.Base(c.dir) != "a" || run(t, c.binary) != "new\n" {
		t.Errorf("got %+v, want a without that file", c)
	}
}

func TestCompileErrorIsReportedAndRepaired(t *testing.T) {
	t.Parallel()
	p := newProject(t, "a")
	p.watch(t)
	p.put(t, "a/main.go", "package main\n\nfunc main() { oops() }\n")
	if c := p.next(t); c.err == nil || c.err.Error() != "a/main.go:3:15: undefined: oops" || c.binary != "" {
		t.Fatalf("got %+v, want the compile error", c)
	}
	p.put(t, "a/main.go", "package main\n\nfunc main() {}\n")
	if c := p.next(t); c.err != nil {
		t.Errorf("got %v after the repair", c.err)
	}
}

func TestNewImportsAreWatched(t *testing.T) {
	t.Parallel()
	p := newProject(t, "a")
	p.watch(t)
	p.put(t, "a/main.go", "package main\nimport \"example.com/app/internal/later\"\nfunc main() { later.Say() }\n")
	if c := p.next(t); c.err == nil {
		t.Fatal("built without the package that it imports")
	}
	// Neither internal nor the folder in it was there when the watch began. The build may run between the steps.
	p.put(t, "internal/later/later.go", "package later\nfunc Say() { println(1) }\n")
	c := p.next(t)
	for c.err != nil {
		c = p.next(t)
	}
	if got := run(t, c.binary); got != "1\n" {
		t.Errorf("got %q, want 1", got)
	}
	p.put(t, "internal/later/later.go", "package later\nfunc Say() { println(2) }\n")
	if c := p.next(t); c.err != nil || run(t, c.binary) != "2\n" {
		t.Errorf("got %+v, want a with the changed package", c)
	}
}

// A build may find a new folder, and that folder change before it is watched.
func TestNewFolderChangedBeforeItIsWatched(t *testing.T) {
	t.Parallel()
	p := newProject(t, "a")
	p.put(t, "internal/late/late.go", "package late\nfunc Say() { println(1) }\n")
	p.put(t, "a/main.go", "package main\nimport \"example.com/app/internal/late\"\nfunc main() { late.Say() }\n")
	late := sync.OnceFunc(func() { p.put(t, "internal/late/late.go", "package late\nfunc Say() { println(2) }\n") })
	p.start(t, func(ctx context.Context, _ func(string, string, error)) error {
		return watch.Watch(ctx, p.builder, p.folders, func(dir, binary string, err error) {
			late()
			p.changes <- change{dir, binary, err}
		})
	})
	p.next(t)
	if c := p.next(t); c.err != nil || run(t, c.binary) != "2\n" {
		t.Errorf("got %+v, want a with the late change", c)
	}
}

// Editors write a new file and rename it over the old one.
// Recipes are read by a function while it runs: it has to start anew.
func TestFoldersBesideTheBinaryAreWatched(t *testing.T) {
	t.Parallel()
	p := newProject(t, "a", "b")
	if err := p.builder.Beside(p.folders[0], filepath.Join(p.dir, "recipes")); err != nil {
		t.Fatal(err)
	}
	p.watch(t)
	if c := p.next(t); c.err != nil || c.dir != p.folders[0] {
		t.Fatalf("got %+v for a folder that no build has looked at", c)
	}
	for _, text := range []string{"1", "two"} { // it comes, and it changes
		p.put(t, "recipes/one.yaml", text)
		c := p.next(t)
		got, err := os.ReadFile(filepath.Join(filepath.Dir(c.binary), "recipes", "one.yaml"))
		if c.err != nil || c.dir != p.folders[0] || err != nil || string(got) != text {
			t.Fatalf("got %+v, and beside it %q, %v", c, got, err)
		}
	}
}

func TestFileReplacedByRename(t *testing.T) {
	t.Parallel()
	p := newProject(t, "a")
	p.watch(t)
	for _, text := range []string{"one", "two"} {
		p.put(t, "a/.main.go.tmp", `package main; func main() { println("`+text+`") }`)
		if err := os.Rename(filepath.Join(p.dir, "a", ".main.go.tmp"), filepath.Join(p.dir, "a", "main.go")); err != nil {
			t.Fatal(err)
		}
		if c := p.next(t); c.err != nil || run(t, c.binary) != text+"\n" {
			t.Fatalf("got %+v, want the program that says %s", c, text)
		}
	}
}

func TestChangeBeforeTheWatchIsNoticed(t *testing.T) {
	t.Parallel()
	p := newProject(t, "a")
	p.put(t, "a/main.go", `package main; func main() { println("early") }`)
	p.watch(t)
	if c := p.next(t); c.err != nil || run(t, c.binary) != "early\n" {
		t.Errorf("got %+v, want the program as it was changed before", c)
	}
}

// Many writes in a short time are one rebuild: the pause begins anew with each.
func TestBurstIsOneRebuild(t *testing.T) {
	t.Parallel()
	p := newProject(t, "a")
	pause := &fakePause{
		waiting: make(chan struct{}, 100), restarted: make(chan struct{}, 100), passed: make(chan time.Time),
	}
	p.watchWith(t, pause)
	<-pause.waiting
	for _, name := range []string{"x", "y", "z"} {
		p.put(t, "a/"+name+".go", "package main\nfunc init() { println(\""+name+"\") }\n")
		<-pause.restarted
	}
	pause.passed <- time.Time{}
	if c := p.next(t); c.err != nil || run(t, c.binary) != "x\ny\nz\n" {
		t.Fatalf("got %+v, want one rebuild with all three files", c)
	}
	pause.passed <- time.Time{}
	pause.passed <- time.Time{} // taken only when the one before is dealt with
	select {
	case c := <-p.changes:
		t.Errorf("got %+v although nothing changed since", c)
	default:
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	p := newProject(t, "a")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- watch.Watch(ctx, p.builder, p.folders, func(string, string, error) { t.Error("a rebuild without a change") })
	}()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

type change struct {
	dir, binary string
	err         error
}

// project is a Go module with one function in each of its folders, built and, after watch, watched.
type project struct {
	dir     string
	folders []string
	builder *gobuild.Builder
	changes chan change
}

func newProject(t *testing.T, functions ...string) *project {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := &project{
		dir: filepath.Join(dir, "app"), builder: gobuild.New(filepath.Join(dir, "cache")), changes: make(chan change, 100),
	}
	p.put(t, "go.mod", "module example.com/app\n\ngo 1.26\n")
	for _, name := range functions {
		p.put(t, name+"/main.go", "package main; func main() {}")
		p.folders = append(p.folders, filepath.Join(p.dir, name))
	}
	for _, f := range p.folders {
		if _, err := p.builder.Build(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *project) put(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(p.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	// A file of the very moment in which a build starts would count as changed during it.
	past := time.Now().Add(-time.Minute)
	if err := os.Chtimes(file, past, past); err != nil {
		t.Fatal(err)
	}
}

// watch begins to watch with the real pause, until the test ends.
func (p *project) watch(t *testing.T) {
	t.Helper()
	p.start(t, func(ctx context.Context, onChange func(string, string, error)) error {
		return watch.Watch(ctx, p.builder, p.folders, onChange)
	})
}

func (p *project) watchWith(t *testing.T, pause watch.Pause) {
	t.Helper()
	p.start(t, func(ctx context.Context, onChange func(string, string, error)) error {
		return watch.WatchWith(ctx, p.builder, p.folders, onChange, pause)
	})
}

func (p *project) start(t *testing.T, watch func(context.Context, func(string, string, error)) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- watch(ctx, func(dir, binary string, err error) { p.changes <- change{dir, binary, err} })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("watch: %v", err)
		}
	})
}

func (p *project) next(t *testing.T) change {
	t.Helper()
	select {
	case c := <-p.changes:
		return c
	case <-time.After(2 * time.Minute):
		t.Fatal("no rebuild within 2 min")
		return change{}
	}
}

func run(t *testing.T, binary string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), binary).CombinedOutput()
	if err != nil {
		t.Fatalf("run %s: %v: %s", binary, err, strings.TrimSpace(string(out)))
	}
	return string(out)
}

// fakePause passes when the test says so.
type fakePause struct {
	waiting   chan struct{} // the folders are watched, events are waited for
	restarted chan struct{}
	passed    chan time.Time
}

func (p *fakePause) Restart() { p.restarted <- struct{}{} }

func (p *fakePause) Passed() <-chan time.Time {
	p.waiting <- struct{}{}
	return p.passed
}

func (p *fakePause) Stop() bool { return true }
