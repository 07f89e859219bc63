package proc_test

import (
	"os/exec"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/proc"
)

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
