package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// overlaid builds a command of a clone as if it had these files, by their path in it.
func overlaid(b *testing.B, t tree, pkg string, files map[string]string) (binary string) {
	b.Helper()
	dir := b.TempDir()
	clone, err := filepath.Abs(t.dir)
	if err != nil {
		b.Fatal(err)
	}
	write := func(name string, content []byte) (path string) {
		path = filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			b.Fatal(err)
		}
		return path
	}
	replace := map[string]string{}
	for path, content := range files {
		replace[filepath.Join(clone, path)] = write(strconv.Itoa(len(replace))+filepath.Ext(path), []byte(content))
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		b.Fatal(err)
	}
	binary = filepath.Join(dir, "function")
	build(b, t.dir, binary, "./"+pkg, "-overlay="+write("overlay.json", list))
	return binary
}
