package watch

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Folders blocks until ctx ends, and then returns nil. Whenever code below one of the folders has
// changed and rests, it calls onChange, one call at a time; a folder that is gone counts as changed
// when it is there again. An error is a failure to watch.
func Folders(ctx context.Context, folders []string, onChange func(folder string)) error {
	return watchFolders(ctx, folders, onChange, realPause{time.NewTimer(0)})
}

func watchFolders(ctx context.Context, folders []string, onChange func(folder string), p pause) error {
	defer p.Stop()
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch the code: %w", err)
	}
	defer events.Close()
	known := map[string]uint64{}
	for _, f := range folders {
		if known[f], err = follow(events, f); err != nil {
			return err
		}
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-events.Events:
			if !ok {
				return errors.New("watch the code: the watcher ended")
			}
			if e.Op != fsnotify.Chmod && mayBeCode(e.Name) {
				p.Restart()
			}
		case err := <-events.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) { // which says that events were lost: check everything
				return fmt.Errorf("watch the code: %w", err)
			}
			p.Restart()
		case <-p.Passed():
			for _, f := range folders {
				now, err := follow(events, f)
				if err != nil {
					return err
				}
				if now != known[f] && now != 0 {
					known[f] = now
					onChange(f)
				}
			}
		}
	}
}

// subscriber is an fsnotify.Watcher, as far as following a folder needs one.
type subscriber interface{ Add(folder string) error }

// follow subscribes to a folder and those below it, and returns what tells states of its code
// apart: 0 if it is not there.
func follow(events subscriber, root string) (uint64, error) {
	for at := ""; ; {
		if _, err := os.Stat(root); err == nil {
			break
		}
		there := existing(root)
		if there == at {
			return 0, nil
		}
		at = there // and look once more: what came before anybody watched there has no event
		if err := subscribe(events, at); err != nil {
			return 0, err
		}
	}
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return 0, fmt.Errorf("watch the code: %w", err)
	}
	state := fnv.New64a()
	err = filepath.WalkDir(real, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // gone meanwhile, of which there will be an event
			return nil
		case err != nil:
			return fmt.Errorf("watch the code: %w", err)
		case entry.IsDir() && path != real && !mayHoldCode(entry.Name()):
			return fs.SkipDir
		case entry.IsDir():
			return subscribe(events, path)
		case !isCode(path):
			return nil
		}
		if info, err := entry.Info(); err == nil {
			fmt.Fprintln(state, path, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	return state.Sum64(), err
}

func subscribe(events subscriber, folder string) error {
	if err := events.Add(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("watch the code: %s: %w", folder, err)
	}
	return nil
}

// mayHoldCode leaves out what package managers, interpreters and tools write.
func mayHoldCode(folder string) bool {
	return folder != "node_modules" && folder != "__pycache__" && folder != "cdk.out" && !strings.HasPrefix(folder, ".")
}

// isCode leaves out what may be written while functions run: logs, recordings, tables.
func isCode(path string) bool {
	switch filepath.Ext(path) {
	case ".js", ".mjs", ".cjs", ".json", ".node", ".wasm", ".py", ".so":
		return true
	}
	return false
}

// mayBeCode is for a path that may be a folder, or is there no more.
func mayBeCode(path string) bool {
	return isCode(path) || filepath.Ext(path) == "" || mayBeFolder(path)
}

func mayBeFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
