package watch_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/watch"
)

// code is two folders of code, watched.
type code struct {
	t       *testing.T
	dir     string
	changes chan string // of which folder
}

func watchCode(t *testing.T) *code {
	t.Helper()
	c := &code{t: t, dir: t.TempDir(), changes: make(chan string, 100)}
	c.put("a/index.js", "1")
	c.put("b/index.js", "1")
	pause := &fakePause{
		waiting: make(chan struct{}, 100), restarted: make(chan struct{}, 100), passed: make(chan time.Time),
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	folders := []string{filepath.Join(c.dir, "a"), filepath.Join(c.dir, "b")}
	go func() {
		ended <- watch.FoldersWith(ctx, folders, func(folder string) { c.changes <- filepath.Base(folder) }, pause)
	}()
	<-pause.waiting
	stopped := make(chan struct{})
	go func() { // each event is followed by a pause that passes at once
		defer close(stopped)
		for {
			select {
			case <-pause.restarted:
				select {
				case pause.passed <- time.Time{}:
				case <-ctx.Done():
					return
				}
			case <-pause.waiting:
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		<-stopped
	})
	return c
}

func (c *code) put(name, text string) {
	c.t.Helper()
	path := filepath.Join(c.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// away renames what is there, as a build does with its last output.
func (c *code) away(name string) {
	c.t.Helper()
	if err := os.Rename(filepath.Join(c.dir, filepath.FromSlash(name)), filepath.Join(c.dir, "old")); err != nil {
		c.t.Fatal(err)
	}
}

// expect waits until a folder's change is told. A file may be seen while it is written, so that one
// change is told twice.
func (c *code) expect(folder string) {
	c.t.Helper()
	select {
	case got := <-c.changes:
		if got != folder {
			c.t.Fatalf("told of %s, want %s", got, folder)
		}
	case <-time.After(2 * time.Minute):
		c.t.Fatalf("not told of %s within 2 min", folder)
	}
}

func TestChangedCodeIsTold(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*code){
		"a file":          func(c *code) { c.put("a/index.js", "22") },
		"a new file":      func(c *code) { c.put("a/more.mjs", "1") },
		"a file less":     func(c *code) { c.away("a/index.js") },
		"in a new folder": func(c *code) { c.put("a/lib.d/deep/more.py", "1") },
		"the folder anew": func(c *code) { c.away("a"); c.put("a/index.js", "333") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := watchCode(t)
			change(c)
			c.expect("a")
		})
	}
}

// What is written while functions run is no change: each would end their processes.
func TestWhatIsNoCodeIsNotTold(t *testing.T) {
	t.Parallel()
	c := watchCode(t)
	for _, name := range []string{
		"a/localdev.log", "a/node_modules/x/index.js", "a/.localdev/runtime/x.cjs", "a/__pycache__/app.py", "a/record.jsonl",
	} {
		c.put(name, "1")
	}
	c.put("b/index.js", "22")
	c.expect("b")
}

// adder does something while a folder is being subscribed to, before it is.
type adder struct {
	before func(folder string)
	added  []string
}

func (a *adder) Add(folder string) error {
	a.before(folder)
	a.added = append(a.added, folder)
	return nil
}

// Of what comes between the look for a folder and the subscription to its parent there is no event.
func TestFolderThatComesWhileItsParentIsSubscribedToIsFollowed(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := &code{t: t, dir: dir}
	root := filepath.Join(c.dir, "a", "b")
	steps := map[string]string{c.dir: "a/index.js", filepath.Join(c.dir, "a"): "a/b/index.js"}
	a := &adder{before: func(folder string) {
		if name := steps[folder]; name != "" {
			c.put(name, "1")
		}
	}}
	state, err := watch.Follow(a, root)
	if err != nil || state == 0 || !slices.Equal(a.added, []string{c.dir, filepath.Join(c.dir, "a"), root}) {
		t.Errorf("got %d, %v, subscribed to %v", state, err, a.added)
	}
}
