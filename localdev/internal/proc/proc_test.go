package proc_test

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-rtc/parley/localdev/internal/proc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestChildren(t *testing.T) {
	s := proc.NewStarter()
	ok, err := s.Start(exec.Command("sh", "-c", "exit 0"))
	if err != nil {
		t.Fatal(err)
	}
	if err := ok.Err(); err != nil {
		t.Errorf("got %v", err)
	}
	ok.Kill() // of one that has ended does nothing

	failed, err := s.Start(exec.Command("sh", "-c", "exit 3"))
	if err != nil {
		t.Fatal(err)
	}
	if err := failed.Err(); err == nil || err.Error() != "exit status 3" {
		t.Errorf("got %v", err)
	}
	if _, err := s.Start(exec.Command("/nonexistent")); err == nil {
		t.Error("started nothing")
	}

	// A child's own child dies with it: they are a group. It holds the pipe, which ends only with both.
	family := exec.Command("sh", "-c", "sleep 600 & echo started; wait")
	out, err := family.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	parent, err := s.Start(family)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); err != nil || line != "started\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	parent.Kill()
	if err := parent.Err(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("got %v", err)
	}

	// It does, too, if its parent ends by itself. The pipe's other end is the test's own, so that
	// only the child holds it.
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	leaving := exec.Command("sh", "-c", "sleep 600 & exit 0")
	leaving.Stdout = write
	left, err := s.Start(leaving)
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	if err := left.Err(); err != nil {
		t.Errorf("got %v", err)
	}
	if _, err := read.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want the end of what nobody holds any more", err)
	}

	s.Close()
	s.Close()
	if _, err := s.Start(exec.Command("sh")); !errors.Is(err, proc.ErrClosed) {
		t.Errorf("after Close: got %v", err)
	}
}

func TestCloseKillsWhatIsLeft(t *testing.T) {
	s := proc.NewStarter()
	child, err := s.Start(exec.Command("sleep", "600"))
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if err := child.Err(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("got %v", err)
	}
}
