//go:build !linux

package proc

import "os/exec"

func wait(cmd *exec.Cmd) error { return cmd.Wait() }
