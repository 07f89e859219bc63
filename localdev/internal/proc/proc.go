// Package proc runs child processes that never outlive this one.
//
// On Linux a child asks the kernel for SIGKILL when its parent dies, so even kill -9 of localdev leaves nothing behind.
// That signal follows the parent *thread*, and the Go runtime ends threads as it likes: therefore one goroutine, locked
// to its thread, starts all children.
package proc

import (
	"errors"
	"os/exec"
	"runtime"
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
}

type job struct {
	cmd *exec.Cmd
	err chan error
}

// NewStarter returns a Starter with its thread. Close ends both.
func NewStarter() *Starter {
	s := &Starter{jobs: make(chan job), quit: make(chan struct{}), done: make(chan struct{})}
	go s.run()
	return s
}

func (s *Starter) run() {
	// Never unlocked: the thread ends with this goroutine, and whatever child is left then dies with it.
	runtime.LockOSThread()
	defer close(s.done)
	for {
		select {
		case j := <-s.jobs:
			j.err <- j.cmd.Start()
		case <-s.quit:
			return
		}
	}
}

// Start starts cmd in a process group of its own.
func (s *Starter) Start(cmd *exec.Cmd) (*Child, error) {
	attach(cmd)
	j := job{cmd: cmd, err: make(chan error, 1)}
	select {
	case s.jobs <- j:
	case <-s.quit:
		return nil, ErrClosed
	}
	if err := <-j.err; err != nil {
		return nil, err
	}
	c := &Child{cmd: cmd, done: make(chan struct{})}
	go func() {
		c.err = cmd.Wait()
		close(c.done)
	}()
	return c, nil
}

// Close ends the thread; on Linux every child that still runs is killed with it.
func (s *Starter) Close() {
	s.once.Do(func() { close(s.quit) })
	<-s.done
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

// Kill ends the process and its group at once.
func (c *Child) Kill() {
	select {
	case <-c.done:
	default:
		kill(c.cmd)
	}
}
