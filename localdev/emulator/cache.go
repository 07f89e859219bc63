package emulator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// cacheDir is the folder for what localdev builds and writes, beside the template.
func (e *Emulator) cacheDir() string { return filepath.Join(filepath.Dir(e.stack.Path), ".localdev") }

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
