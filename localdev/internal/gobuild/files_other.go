//go:build !windows

package gobuild

import "os"

const extension = ""

// replace moves a new program to the place of the one of before in one step, whether or not that
// runs.
func replace(fresh, out, _ string) error { return os.Rename(fresh, out) }

func link(folder, name string) error { return os.Symlink(folder, name) }
