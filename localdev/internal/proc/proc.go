// Package proc runs child processes that never outlive this one, nor their own children them.
//
// On Linux a child asks the kernel for SIGKILL when its parent dies, so even kill -9 of localdev
// leaves nothing behind. That signal follows the parent *thread*, and the Go runtime ends threads
// as it likes: therefore one goroutine, locked to its thread, starts all children. On Windows a job
// object does the same; that has been compiled, and never run.
package proc

import (
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"runtime"
	"slices"
	"sync"
)

// ErrClosed says that the Starter was closed.
var ErrClosed = errors.New("starter is closed")

// A Starter starts children. Make it with NewStarter.
type Starter struct {
	jobs chan job
	quit chan struct{}
	done chan struct{}
	once sync.Once

	mu       sync.Mutex
	children map[*Child]struct{} // that run
}

type job struct {
	cmd *exec.Cmd
	out chan started
}

type started struct {
	child *Child
	err   error
}

// NewStarter returns a Starter with its thread. Close ends both.
func NewStarter() *Starter {
	ignoreStops()
	s := &Starter{jobs: make(chan job), quit: make(chan struct{}), done: make(chan struct{}), children: map[*Child]struct{}{}}
	go s.run()
	return s
}

func (s *Starter) run() {
	// Never unlocked: a thread that the runtime could end would take its children with it.
	runtime.LockOSThread()
	defer close(s.done)
	for {
		select {
		case j := <-s.jobs:
			j.out <- s.start(j.cmd)
		case <-s.quit:
			return
		}
	}
}

// Start starts cmd in a process group of its own.
func (s *Starter) Start(cmd *exec.Cmd) (*Child, error) {
	attach(cmd)
	j := job{cmd: cmd, out: make(chan started, 1)}
	select {
	case s.jobs <- j:
	case <-s.quit:
		return nil, ErrClosed
	}
	out := <-j.out
	return out.child, out.err
}

// start runs on the Starter's thread.
func (s *Starter) start(cmd *exec.Cmd) started {
	if err := cmd.Start(); err != nil {
		return started{err: err}
	}
	if err := hold(cmd); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return started{err: fmt.Errorf("hold the process: %w", err)}
	}
	c := &Child{cmd: cmd, done: make(chan struct{})}
	s.mu.Lock()
	s.children[c] = struct{}{}
	s.mu.Unlock()
	go func() {
		c.err = wait(cmd)
		kill(cmd) // what it leaves in its group: nothing else has that number so soon
		s.mu.Lock()
		delete(s.children, c)
		s.mu.Unlock()
		close(c.done)
	}()
	return started{child: c}
}

// Close kills every child that still runs and waits for it.
func (s *Starter) Close() {
	s.once.Do(func() { close(s.quit) })
	<-s.done
	s.mu.Lock()
	left := slices.Collect(maps.Keys(s.children))
	s.mu.Unlock()
	for _, c := range left {
		c.Kill()
		<-c.done
	}
}

// A Child is a running process.
type Child struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// PID returns the process ID.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Done is closed when the process has ended and was waited for.
func (c *Child) Done() <-chan struct{} { return c.done }

// Err returns how the process ended, nil for exit status 0. Call it after Done.
func (c *Child) Err() error {
	<-c.done
	return c.err
}

// Freeze stops the process and its group until Thaw. Where the system cannot, it does nothing.
func (c *Child) Freeze() { c.signal(freeze) }

// Thaw lets a frozen process and its group go on.
func (c *Child) Thaw() { c.signal(thaw) }

// Kill ends the process and its group at once, frozen or not.
func (c *Child) Kill() { c.signal(kill) }

func (c *Child) signal(send func(*exec.Cmd)) {
	select {
	case <-c.done:
	default:
		send(c.cmd)
	}
}
