package emulator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const cacheName = ".localdev"

// cacheDir is the folder for what localdev builds and writes, beside the template.
func (e *Emulator) cacheDir() string { return filepath.Join(filepath.Dir(e.stack.Path), cacheName) }

// makeCache makes that folder, if it is not there. Nobody wants it in his project's history.
func (e *Emulator) makeCache() error {
	err := os.Mkdir(e.cacheDir(), 0o755)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(e.cacheDir(), ".gitignore"), []byte("*\n"), 0o644)
	}
	if err != nil {
		return fmt.Errorf("localdev keeps what it builds beside the template: %w", err)
	}
	return nil
}

// userCache is the folder for what serves all projects of a user, else those of a folder.
func userCache(folder string) string {
	if cache, err := os.UserCacheDir(); err == nil {
		return filepath.Join(cache, "localdev")
	}
	return filepath.Join(folder, cacheName)
}

// engineDirs are the folders that may hold the engine's npm package, for a template in that folder;
// it is installed into the last one.
func engineDirs(folder string) []string {
	dirs := []string{filepath.Join(userCache(folder), "engine")}
	clone := filepath.Join(folder, "localdev", "engine") // of this project
	if _, err := os.Stat(filepath.Join(clone, "package-lock.json")); err == nil {
		dirs = append(dirs, clone)
	}
	return dirs
}
