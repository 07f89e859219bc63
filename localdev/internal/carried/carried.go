// Package carried lays out files that localdev carries along for programs that read files: interpreters.
package carried

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// LayOut writes files below cacheDir, under a name that goes by what is in them, and returns their absolute folder. So
// several localdevs, of several versions, may do it at once: what is there is whole and is never changed.
func LayOut(cacheDir string, files fs.FS) (folder string, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("lay out the runtime: %w", err)
		}
	}()
	sum, err := sumOf(files)
	if err != nil {
		return "", err
	}
	parent, err := filepath.Abs(filepath.Join(cacheDir, "runtime"))
	if err != nil {
		return "", err
	}
	folder = filepath.Join(parent, sum)
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(parent, ".new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	if err := os.Chmod(work, 0o755); err != nil {
		return "", err
	}
	if err := os.CopyFS(work, files); err != nil {
		return "", err
	}
	if err := os.Rename(work, folder); err != nil {
		if _, other := os.Stat(folder); other != nil { // else somebody was first
			return "", err
		}
	}
	return folder, nil
}

// sumOf tells files with another name or content apart.
func sumOf(files fs.FS) (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		fmt.Fprintf(hash, "%s %d ", path, len(content))
		hash.Write(content)
		return err
	})
	return hex.EncodeToString(hash.Sum(nil))[:16], err
}
