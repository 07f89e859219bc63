package e2e_test

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// startHub starts the yardstick in a process of its own.
func startHub(b *testing.B) (hub *exec.Cmd, url string) {
	b.Helper()
	binary := filepath.Join(b.TempDir(), "hub")
	build(b, ".", binary, "./testdata/hub")
	hub = exec.CommandContext(b.Context(), binary)
	stdin, err := hub.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	url = ready(b, hub)
	b.Cleanup(func() {
		_ = stdin.Close()
		_ = hub.Wait() // by the context, if that was first
	})
	return hub, url
}
