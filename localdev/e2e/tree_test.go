package e2e_test

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// tree is a clone of this project, with localdev built from it as users run it. Its localdev builds its functions.
type tree struct {
	name, dir, binary string
}

// thisTree is the clone that the test is in.
func thisTree(b *testing.B) tree {
	b.Helper()
	return newTree(b, "now", filepath.Join("..", ".."))
}

// trees are this one and, if BEFORE names the folder of another, that one first.
func trees(b *testing.B) []tree {
	b.Helper()
	if dir := os.Getenv("BEFORE"); dir != "" {
		return []tree{newTree(b, "before", dir), thisTree(b)}
	}
	return []tree{thisTree(b)}
}

func newTree(b *testing.B, name, dir string) tree {
	b.Helper()
	t := tree{name, dir, filepath.Join(b.TempDir(), "localdev")}
	build(b, dir, t.binary, "./localdev")
	return t
}

// build builds a command as `make build` does in that tree, but for this machine.
func build(b *testing.B, dir, binary, pkg string, flags ...string) {
	b.Helper()
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", binary}
	hot, err := os.ReadFile(filepath.Join(dir, "infra", "hot.txt")) // which a tree of before may lack
	if err == nil && pkg != "./localdev" {
		args = append(args, "-tags", "lambda.norpc,nethttpomithttp2", "-gcflags=all=-l")
		for line := range strings.Lines(string(hot)) {
			if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
				args = append(args, "-gcflags="+line+"=")
			}
		}
	} else {
		args = append(args, "-tags", "lambda.norpc")
	}
	cmd := exec.CommandContext(b.Context(), "go", append(append(args, flags...), pkg)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%s in %s: %v\n%s", pkg, dir, err, out)
	}
	rewrite(b, binary)
}

// rewrite writes a file anew, from its beginning to its end, as who unpacks it does. A linker leaves it
// in memory in small pieces, by which starts of the same program took up to a seventh longer.
func rewrite(b *testing.B, file string) {
	b.Helper()
	content, err := os.ReadFile(file)
	if err == nil {
		err = errors.Join(os.Remove(file), os.WriteFile(file, content, 0o700))
	}
	if err != nil {
		b.Fatal(err)
	}
}

// start starts localdev until the benchmark ends and returns it when it is ready, with the URL of its sockets.
func (t tree) start(b *testing.B, args ...string) (localdev *exec.Cmd, url string) {
	b.Helper()
	args = append([]string{"-listen", "127.0.0.1:0", "-watch=false"}, args...)
	localdev = exec.CommandContext(b.Context(), t.binary, args...)
	localdev.Dir = t.dir
	localdev.Cancel = func() error { return localdev.Process.Signal(syscall.SIGTERM) } // it ends its functions
	url = ready(b, localdev)
	b.Cleanup(func() { _ = localdev.Wait() }) // the context is over by then
	return localdev, url
}

// ready starts a command and reads the URL that it says.
func ready(b *testing.B, cmd *exec.Cmd) (url string) {
	b.Helper()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatalf("%s ended before it was ready: %v", cmd.Path, err)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "ready "))
}
