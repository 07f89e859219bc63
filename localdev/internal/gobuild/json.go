package gobuild

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/parley-rtc/parley/localdev/yamljson"
)

// putJSON makes a copy of the files of a folder, which need not be there, with YAML as JSON.
func putJSON(folder, name string) error {
	want, err := converted(folder)
	if err != nil {
		return err
	}
	if holds(name, want) {
		return nil
	}
	temp, err := os.MkdirTemp(filepath.Dir(name), "new-")
	if err != nil {
		return fmt.Errorf("put %s beside the function: %w", folder, err)
	}
	defer os.RemoveAll(temp)
	fresh := filepath.Join(temp, "new")
	if want != nil {
		err = os.Mkdir(fresh, 0o755)
	}
	for file, text := range want {
		err = errors.Join(err, os.WriteFile(filepath.Join(fresh, file), text, 0o600))
	}
	if err == nil {
		if err = os.Rename(name, filepath.Join(temp, "old")); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err == nil && want != nil {
		err = os.Rename(fresh, name)
	}
	if err != nil && !holds(name, want) { // unless another localdev was faster
		return fmt.Errorf("put %s beside the function: %w", folder, err)
	}
	return nil
}

// converted returns the files of a folder by their names, nil if it is not there.
func converted(folder string) (map[string][]byte, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, e := range entries {
		file := filepath.Join(folder, e.Name())
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
			continue // it has gone, or is a folder
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		switch filepath.Ext(file) {
		case ".yaml", ".yml", ".json":
			text, err = yamljson.Convert(text)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%w", shorten(moduleRoot(folder), file), err)
		}
		files[e.Name()] = text
	}
	return files, nil
}

// holds reports whether a folder is a copy with those files, or if there are none is not there.
func holds(name string, want map[string][]byte) bool {
	info, err := os.Lstat(name)
	if want == nil || err != nil || !info.IsDir() {
		return want == nil && errors.Is(err, fs.ErrNotExist)
	}
	entries, err := os.ReadDir(name)
	got := map[string][]byte{}
	for _, e := range entries {
		text, readErr := os.ReadFile(filepath.Join(name, e.Name()))
		got[e.Name()], err = text, errors.Join(err, readErr)
	}
	return err == nil && maps.EqualFunc(got, want, bytes.Equal)
}
