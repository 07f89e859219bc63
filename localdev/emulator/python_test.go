package emulator_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func withPython(o *emulator.Options) { o.Template = "testdata/python/template.yaml" }

func needPython(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("there is no python3 on PATH, which the project does not require")
	}
}

// A function makes https:// of AWS's wss://, and gets here by that.
func TestPythonFunctionPushes(t *testing.T) {
	t.Parallel()
	needPython(t)
	c := start(t, withPython).dial("")
	c.send(`{"action":"push"}`)
	for _, want := range []string{"ENDPOINT", "SOCKET", "HOST"} {
		if got := c.text(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestInlineCode(t *testing.T) {
	run(t, "in JavaScript", func(t *testing.T) {
		c := start(t, withPython).dial("")
		c.send(`{"action":"node"}`)
		if got := c.text(); got != "by Node.js" {
			t.Errorf("got %s", got)
		}
	})
	run(t, "in Python", func(t *testing.T) {
		needPython(t)
		c := start(t, withPython).dial("")
		c.send(`{"action":"python"}`)
		if got := c.text(); got != "by Python" {
			t.Errorf("got %s", got)
		}
	})
	run(t, "by a command", func(t *testing.T) {
		script, err := filepath.Abs("testdata/foreign/node/index.mjs")
		if err != nil {
			t.Fatal(err)
		}
		w := start(t, withPython, func(o *emulator.Options) {
			o.Exec = map[string]string{"InlineNode": "node '" + script + "'"}
		})
		c := w.dial("")
		c.send(`{"action":"node"}`)
		folder := decode[answer](t, c.text()).Folder
		if code, err := os.ReadFile(filepath.Join(folder, "index.js")); err != nil || !strings.Contains(string(code), `body: "by Node.js"`) {
			t.Errorf("got %q, %v in the folder that it ran in", code, err)
		}
	})
}
