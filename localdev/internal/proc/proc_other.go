//go:build !unix

package proc

import "os/exec"

func attach(*exec.Cmd) {}

func freeze(*exec.Cmd) {}

func thaw(*exec.Cmd) {}

func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill() // fails only when it is gone already
}

// EndWithGoRun does nothing: only Linux tells a process that its parent died.
func EndWithGoRun() error { return nil }
