//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package lambda

import (
	"errors"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// pipe is what a process prints into. It knows how much that has been, to the byte, whether it was
// read already or not.
type pipe struct {
	file  *os.File
	raw   syscall.RawConn
	fill  func(fd uintptr) bool
	count func(fd uintptr)

	buf []byte // of the Read that runs, with its result
	n   int
	err error

	mu     sync.Mutex // also held between reading and counting
	read   int64
	unread int
}

func newPipe(file *os.File) (*pipe, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	p := &pipe{file: file, raw: raw}
	p.fill = func(fd uintptr) bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for {
			p.n, p.err = unix.Read(int(fd), p.buf)
			if !errors.Is(p.err, unix.EINTR) {
				break
			}
		}
		if p.n > 0 {
			p.read += int64(p.n)
		}
		return !errors.Is(p.err, unix.EAGAIN)
	}
	p.count = func(fd uintptr) { p.unread, _ = unix.IoctlGetInt(int(fd), fionread) }
	return p, nil
}

// Read waits until there is something to read.
func (p *pipe) Read(b []byte) (n int, err error) {
	p.buf = b
	if err := p.raw.Read(p.fill); err != nil {
		return 0, err
	}
	return max(p.n, 0), p.err
}

// written is how many bytes were ever written into the pipe.
func (p *pipe) written() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unread = 0
	_ = p.raw.Control(p.count) // fails when it is closed: then all that counts was read
	return p.read + int64(max(p.unread, 0))
}
