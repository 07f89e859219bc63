package main_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// examples lays out the examples of docs/emulator.md, "In tests", in a new folder: each block of code
// whose first line names its file. An engineer copies them, so they have to run as they stand.
func examples(t *testing.T) string {
	t.Helper()
	docs, err := os.ReadFile("../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(docs), "\n## In tests\n")
	if !found {
		t.Fatal("docs/emulator.md has no section on tests")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	dir := t.TempDir()
	blocks := regexp.MustCompile("(?ms)^```[a-z]+\n((?:#|//) (\\S+)\n.*?)^```$").FindAllStringSubmatch(section, -1)
	for _, block := range blocks {
		path := filepath.Join(dir, block[2])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, path, block[1])
	}
	link(t, "emulator/testdata/node/node_modules", filepath.Join(dir, "chat", "node_modules"))
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// link makes a folder of this project one of the examples, in place of what their engineer installs.
func link(t *testing.T, folder, as string) {
	t.Helper()
	folder, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder); err != nil {
		t.Fatalf("make test installs it: %v", err)
	}
	if err := os.Symlink(folder, as); err != nil {
		t.Fatal(err)
	}
}

// example is a command among the examples, with localdev on its PATH.
func example(t *testing.T, dir, name string, args ...string) *exec.Cmd {
	t.Helper()
	localdev, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(localdev)+string(os.PathListSeparator)+os.Getenv("PATH"))
	return cmd
}

func passes(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", cmd, err, out)
	}
}

// saysWhy runs an example whose localdev cannot start.
func saysWhy(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	write(t, filepath.Join(cmd.Dir, "template.yaml"), "Resources: {}\n")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "localdev: template.yaml:1:1: ") {
		t.Errorf("%s: %v without localdev's last line:\n%s", cmd, err, out)
	}
}

func TestExamplesForNode(t *testing.T) {
	t.Parallel()
	dir := examples(t)
	link(t, "../client/node_modules", filepath.Join(dir, "node_modules"))
	t.Run("side by side", func(t *testing.T) {
		t.Run("vitest", func(t *testing.T) {
			t.Parallel()
			passes(t, example(t, dir, "node", "node_modules/vitest/vitest.mjs", "run", "--testTimeout=120000", "chat.test.mjs"))
		})
		t.Run("Node's own runner", func(t *testing.T) {
			t.Parallel()
			passes(t, example(t, dir, "node", "--test", "node.test.mjs"))
		})
	})
	t.Run("localdev does not start", func(t *testing.T) {
		saysWhy(t, example(t, dir, "node", "--test", "node.test.mjs"))
	})
}

func TestExamplesForPython(t *testing.T) {
	t.Parallel()
	if out, err := exec.Command("python3", "-c", "import boto3, pytest, websocket").CombinedOutput(); err != nil {
		t.Skipf("here is no python3 with boto3, pytest and websocket-client: %v %s", err, out)
	}
	dir := examples(t)
	path := filepath.Join(dir, "template.yaml")
	template, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, strings.Replace(string(template), "Runtime: nodejs22.x", "Runtime: python3.13", 1))
	pytest := []string{"-m", "pytest", "-p", "no:cacheprovider"}
	passes(t, example(t, dir, "python3", pytest...))
	t.Run("localdev does not start", func(t *testing.T) {
		saysWhy(t, example(t, dir, "python3", pytest...))
	})
}

// The example is compiled as if it stood in this module, where its imports are.
func TestExamplesForGo(t *testing.T) {
	t.Parallel()
	dir := examples(t)
	here, err := filepath.Abs("chat/chat_test.go")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{here: filepath.Join(dir, "chat_test.go")}})
	if err != nil {
		t.Fatal(err)
	}
	file, test := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "chat.test")
	write(t, file, string(overlay))
	build := exec.Command("go", "test", "-c", "-trimpath", "-tags", "nethttpomithttp2", "-vet=off",
		"-overlay", file, "-o", test, "./chat")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	passes(t, example(t, dir, test))
}
