package lambda

import "sync"

// frost stops the process between its events, as Lambda does: work that the function did not wait
// for stands still. The goroutine that asked for an event freezes, whoever submits one thaws, maybe
// first.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
type frost struct {
	mu     sync.Mutex
	turn   int  // grows with each event that is asked for
	due    bool // nobody has an event for the present turn
	frozen bool
}

// wait says that the instance waits from now on.
func (f *frost) wait() {
	f.mu.Lock()
	f.turn++
	f.due = true
	f.mu.Unlock()
}

// over says that there is an event, and returns the turn that it ends.
func (f *frost) over() (turn int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.due = false
	return f.turn
}

// freeze stops the process unless there is an event meanwhile.
func (in *instance) freeze() {
	if in.pool.opt.Awake {
		return
	}
	select {
	case <-in.runs: // its first request may be here before Start has returned
	case <-in.gone:
		return
	}
	f := &in.frost
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.due {
		in.child.Freeze()
		f.frozen = true
	}
}

// thaw lets the process go on, unless it has been on to its next turn already.
func (in *instance) thaw(turn int) {
	f := &in.frost
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.frozen && f.turn == turn {
		in.child.Thaw()
		f.frozen = false
	}
}
