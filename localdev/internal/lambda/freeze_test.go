package lambda

import (
	"os/exec"
	"testing"
	"time"
)

// Who asks for an event freezes and who submits one thaws, in whatever order they come to it.
func TestAProcessIsFrozenJustWhileItWaits(t *testing.T) {
	r := newRuntime(t, time.Minute)
	in := r.in
	child, err := r.pool.opt.Starter.Start(exec.Command("sleep", "600"))
	if err != nil {
		t.Fatal(err)
	}
	in.child, r.pool.opt.Awake = child, false
	close(in.runs)
	want := func(frozen bool, when string) {
		t.Helper()
		if in.frost.frozen != frozen {
			t.Errorf("%s: frozen is %v", when, in.frost.frozen)
		}
	}
	in.frost.wait()
	in.freeze()
	want(true, "while it waits")
	turn := in.frost.over()
	in.thaw(turn)
	want(false, "with an event")

	in.frost.wait()
	early := in.frost.over()
	in.freeze()
	want(false, "when an event comes before it is frozen")
	in.frost.wait() // it was quick
	in.freeze()
	in.thaw(early)
	want(true, "when it waits again, and whoever gave it the event comes late")
}
