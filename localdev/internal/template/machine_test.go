package template_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/template"
)

func TestCannotRun(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if got := template.CannotRun(self); got != "" {
		t.Errorf("this very program: got %q, want that it can be run", got)
	}
	elf := func(machine byte) string {
		return "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 11) + string([]byte{machine, 0})
	}
	const amd64, arm64, riscv = 62, 183, 243
	foreign, foreignName := byte(arm64), "arm64"
	if runtime.GOARCH == "arm64" {
		foreign, foreignName = amd64, "amd64"
	}
	here := ", this machine is " + runtime.GOOS + "/" + runtime.GOARCH
	for _, tt := range []struct {
		name, content, want string
		mode                os.FileMode
	}{
		{"a program for another processor", elf(foreign), "was built for linux/" + foreignName + here, 0o755},
		{"one for a processor nobody here has", elf(riscv), "was built for linux/machine 243" + here, 0o755},
		{"a script", "#!/bin/sh\n", "", 0o755},
		{"a script that may not be executed", "#!/bin/sh\n", "is not executable (chmod +x)", 0o644},
		{"a text", "just some text that goes on", "is no program", 0o755},
		{"an empty file", "", "is no program", 0o755},
		{"a Windows program", "MZ" + strings.Repeat("\x00", 30), "is no program", 0o755},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "bootstrap")
			if err := os.WriteFile(file, []byte(tt.content), tt.mode); err != nil {
				t.Fatal(err)
			}
			if got := template.CannotRun(file); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("a folder", func(t *testing.T) {
		t.Parallel()
		if got := template.CannotRun(t.TempDir()); got != "is no file" {
			t.Errorf("got %q", got)
		}
	})
}
