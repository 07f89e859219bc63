package gobuild

import (
	"fmt"
	"os"
	"os/exec"
)

// extension is what Windows knows a program by.
const extension = ".exe"

// replace moves a new program to the place of the one of before, which may run: then it can be
// moved, and neither be removed nor written over.
func replace(fresh, out, old string) error {
	if err := os.Rename(out, old); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.Rename(fresh, out)
}

// link makes a junction: unlike a symbolic link everybody may.
func link(folder, name string) error {
	if out, err := exec.Command("cmd", "/c", "mklink", "/J", name, folder).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
