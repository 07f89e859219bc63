//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package lambda

import (
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// pipe is what a process prints into. It knows how much that has been, to the byte, whether it was
// read already or not.
type pipe struct {
	file *os.File
	raw  syscall.RawConn

	mu   sync.Mutex // also held between reading and counting
	read int64
}

func newPipe(file *os.File) (*pipe, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &pipe{file: file, raw: raw}, nil
}

// Read waits until there is something to read.
func (p *pipe) Read(b []byte) (n int, err error) {
	waitErr := p.raw.Read(func(fd uintptr) bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for {
			n, err = unix.Read(int(fd), b)
			if err != unix.EINTR {
				break
			}
		}
		if n > 0 {
			p.read += int64(n)
		}
		return err != unix.EAGAIN
	})
	if waitErr != nil {
		return 0, waitErr
	}
	return max(n, 0), err
}

// written is how many bytes were ever written into the pipe.
func (p *pipe) written() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	unread := 0
	_ = p.raw.Control(func(fd uintptr) { // fails when it is closed: then all that counts was read
		unread, _ = unix.IoctlGetInt(int(fd), fionread)
	})
	return p.read + int64(max(unread, 0))
}
