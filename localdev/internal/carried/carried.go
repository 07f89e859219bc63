// Package carried lays out texts that localdev carries along, or reads in a template, for programs
// that read files: interpreters.
package carried

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// LayOut writes files below parent, under a name that goes by what is in them, and returns their
// absolute folder. So several localdevs, of several versions, may do it at once: what is there is
// whole and is never changed.
func LayOut(parent string, files fs.FS) (folder string, err error) {
	texts := map[string]string{}
	err = fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		texts[path] = string(text)
		return err
	})
	if err != nil {
		return "", err
	}
	return Write(parent, texts)
}

// Write does as LayOut does, with texts by their paths.
func Write(parent string, texts map[string]string) (folder string, err error) {
	defer func() {
		if err != nil {
			folder, err = "", fmt.Errorf("write below %s: %w", parent, err)
		}
	}()
	if parent, err = filepath.Abs(parent); err != nil {
		return "", err
	}
	folder = filepath.Join(parent, sum(texts))
	return folder, Make(folder, func(work string) error {
		for path, text := range texts {
			name := filepath.Join(work, filepath.FromSlash(path))
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				return err
			}
		}
		return nil
	})
}

// Make makes a folder that goes by what is in it, unless it is there: fill writes that into a
// folder beside it, which then gets its name.
func Make(folder string, fill func(work string) error) error {
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	parent := filepath.Dir(folder)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(parent, ".new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := os.Chmod(work, 0o755); err != nil {
		return err
	}
	if err := fill(work); err != nil {
		return err
	}
	if err := os.Rename(work, folder); err != nil {
		if _, other := os.Stat(folder); other != nil { // else somebody was first
			return err
		}
	}
	return nil
}

// sum tells texts with another name or content apart.
func sum(texts map[string]string) string {
	hash := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		fmt.Fprintf(hash, "%s %d %s", path, len(texts[path]), texts[path])
	}
	return hex.EncodeToString(hash.Sum(nil))[:16]
}
