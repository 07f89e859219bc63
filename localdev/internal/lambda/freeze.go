package lambda

import "sync"

// frost stops the process between its events, as Lambda does: work that the function did not wait
// for stands still. The goroutine that asked for an event freezes, whoever submits one thaws, maybe
// first.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
type frost struct {
	mu     sync.Mutex
	due    bool // it waits for an event
	frozen bool
}

// wait says that the instance waits from now on.
func (f *frost) wait() {
	f.mu.Lock()
	f.due = true
	f.mu.Unlock()
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

func (in *instance) thaw() {
	f := &in.frost
	f.mu.Lock()
	defer f.mu.Unlock()
	f.due = false
	if f.frozen {
		in.child.Thaw()
		f.frozen = false
	}
}
