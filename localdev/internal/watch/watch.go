// Package watch rebuilds functions when a file that their build reads changes, appears or goes, and
// tells of changed code that needs no build.
//
// It asks the kernel to be told about the folders that the last build read, and never polls. The set follows the
// imports: a build that reads more folders is watched in more.
package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/parley-rtc/parley/localdev/internal/gobuild"
)

// quiet is how long the files must rest before a build: an editor saves in several steps, git writes many files.
const quiet = 100 * time.Millisecond

// Watch blocks until ctx ends, and then returns nil. After each rebuild of one of pkgDirs, and only then, it calls
// onChange, one call at a time: with the new binary, or with the compile error while the old binary stays. What
// changed between the last Build and Watch is noticed as well. An error is a failure to watch.
func Watch(ctx context.Context, b *gobuild.Builder, pkgDirs []string, onChange func(pkgDir, binary string, err error)) error {
	return watch(ctx, b, pkgDirs, onChange, realPause{time.NewTimer(0)})
}

// pause is the quiet time. It fires once at the start, for what changed before anybody watched.
type pause interface {
	Restart()
	Passed() <-chan time.Time
	Stop() bool
}

type realPause struct{ *time.Timer }

func (p realPause) Restart() { p.Reset(quiet) }

func (p realPause) Passed() <-chan time.Time { return p.C }

func watch(ctx context.Context, b *gobuild.Builder, pkgDirs []string, onChange func(string, string, error), p pause) error {
	defer p.Stop()
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch the sources: %w", err)
	}
	defer events.Close()
	w := &watcher{builder: b, pkgDirs: pkgDirs, onChange: onChange, events: events, watched: map[string]bool{}}
	if _, err := w.follow(); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-events.Events:
			if !ok {
				return errors.New("watch the sources: the watcher ended")
			}
			if w.concerns(e) {
				p.Restart()
			}
		case err := <-events.Errors:
			// An overflow says that events were lost: check everything.
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return fmt.Errorf("watch the sources: %w", err)
			}
			p.Restart()
		case <-p.Passed():
			w.rebuild(ctx)
			more, err := w.follow()
			if err != nil {
				return err
			}
			if more { // the new folders may have changed before we watched them
				p.Restart()
			}
		}
	}
}

type watcher struct {
	builder  *gobuild.Builder
	pkgDirs  []string
	onChange func(pkgDir, binary string, err error)
	events   *fsnotify.Watcher
	watched  map[string]bool // folders subscribed to

	files     map[string]bool // inputs of any function
	folders   map[string]bool // folders of its packages
	embedding map[string]bool // folders in which every file counts
	missing   []string        // folders of packages that are not there yet
}

// follow subscribes to the folders of what the last builds read, and reports whether there are new ones.
func (w *watcher) follow() (more bool, err error) {
	w.files, w.folders, w.embedding, w.missing = map[string]bool{}, map[string]bool{}, map[string]bool{}, nil
	want := map[string]bool{}
	for _, dir := range w.pkgDirs {
		in := w.builder.Inputs(dir)
		for _, f := range in.Files {
			w.files[f] = true
			want[existing(filepath.Dir(f))] = true
		}
		for _, f := range append(in.Folders, dir) {
			w.folders[f] = true
			folder := existing(f)
			want[folder] = true
			if folder != f {
				w.missing = append(w.missing, f)
			}
		}
		for _, f := range in.Embedding {
			w.embedding[f] = true
		}
	}
	for f := range w.watched {
		if !want[f] {
			_ = w.events.Remove(f) // gone already when the folder was deleted
			delete(w.watched, f)
		}
	}
	for f := range want {
		// A folder deleted and made again needs a new subscription; for one that is there, Add changes nothing.
		if err := w.events.Add(f); errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return false, fmt.Errorf("watch the sources: %s: %w", f, err)
		}
		more = more || !w.watched[f]
		w.watched[f] = true
	}
	return more, nil
}

// concerns reports whether an event may change what a function's build reads.
func (w *watcher) concerns(e fsnotify.Event) bool {
	if e.Op == fsnotify.Chmod {
		return false
	}
	folder := filepath.Dir(e.Name)
	if w.files[e.Name] || w.folders[e.Name] || w.embedding[folder] {
		return true
	}
	if w.folders[folder] && gobuild.IsSource(filepath.Base(e.Name)) {
		return true
	}
	return slices.ContainsFunc(w.missing, func(m string) bool {
		return m == e.Name || len(m) > len(e.Name) && m[:len(e.Name)] == e.Name && m[len(e.Name)] == filepath.Separator
	})
}

// rebuild builds what is out of date, in parallel, and reports each.
func (w *watcher) rebuild(ctx context.Context) {
	type result struct {
		dir, binary string
		err         error
	}
	results := make(chan result, len(w.pkgDirs))
	var builds sync.WaitGroup
	for _, dir := range w.pkgDirs {
		if w.builder.Fresh(dir) {
			continue
		}
		builds.Go(func() {
			binary, err := w.builder.Build(ctx, dir)
			results <- result{dir, binary, err}
		})
	}
	go func() {
		builds.Wait()
		close(results)
	}()
	for r := range results {
		if ctx.Err() == nil {
			w.onChange(r.dir, r.binary, r.err)
		}
	}
}

// existing returns folder, or the nearest folder above it that exists: what is missing can only appear there.
func existing(folder string) string {
	for {
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			return folder
		}
		up := filepath.Dir(folder)
		if up == folder {
			return folder
		}
		folder = up
	}
}
