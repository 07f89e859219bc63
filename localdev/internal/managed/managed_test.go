package managed_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/managed"
)

// onPath makes a folder with one program the whole PATH.
func onPath(t *testing.T, name, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
}

func TestFindAsksOnce(t *testing.T) {
	asked := filepath.Join(t.TempDir(), "asked")
	onPath(t, "node", "echo x >> "+asked+"\necho v20.20.2")
	m := managed.On(t.TempDir())
	for _, runtime := range []string{"nodejs22.x", "nodejs24.x"} {
		c, err := m.Find(t.Context(), runtime, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if c.Version != "node 20.20.2" || filepath.Base(c.Binary) != "node" {
			t.Errorf("got %+v", c)
		}
		if _, err := os.Stat(c.Args[0]); err != nil {
			t.Error(err)
		}
	}
	if got, err := os.ReadFile(asked); string(got) != "x\n" {
		t.Errorf("asked for its version: %q, %v, want once", got, err)
	}
}

func TestFindSaysWhatToInstall(t *testing.T) {
	for name, tt := range map[string]struct{ program, script, want string }{
		"no program":        {"other", "", "there is no node on PATH"},
		"too old":           {"node", "echo v16.20.2", "it is version 16.20.2"},
		"one that fails":    {"node", "exit 3", "exit status 3"},
		"one of other ways": {"node", "echo hello", "it prints no version"},
	} {
		t.Run(name, func(t *testing.T) {
			onPath(t, tt.program, tt.script)
			_, err := managed.On(t.TempDir()).Find(t.Context(), "nodejs22.x", t.TempDir())
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasSuffix(err.Error(), "install Node.js 18 or later so that node is on PATH") {
				t.Errorf("got %v, want %q and what to install", err, tt.want)
			}
		})
	}
}

func TestFindTakesTheProjectsOwnNode(t *testing.T) {
	onPath(t, "node", "echo v20.20.2")
	project := t.TempDir()
	own := filepath.Join(project, "node_modules", ".bin", "node")
	if err := os.MkdirAll(filepath.Dir(own), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(own, []byte("#!/bin/sh\necho v22.1.0"), 0o755); err != nil {
		t.Fatal(err)
	}
	c, err := managed.On(filepath.Join(project, ".localdev")).Find(t.Context(), "nodejs22.x", filepath.Join(project, "functions", "a"))
	if err != nil || c.Binary != own {
		t.Errorf("got %+v, %v, want %s", c, err, own)
	}
}
