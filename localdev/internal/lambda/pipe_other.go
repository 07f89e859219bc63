//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package lambda

import (
	"os"
	"sync/atomic"
)

// pipe is what a process prints into.
type pipe struct {
	file *os.File
	read atomic.Int64
}

func newPipe(file *os.File) (*pipe, error) { return &pipe{file: file}, nil }

// Read waits until there is something to read.
func (p *pipe) Read(b []byte) (int, error) {
	n, err := p.file.Read(b)
	p.read.Add(int64(n))
	return n, err
}

// written is how many bytes were read so far: what a process has printed at the last moment may be
// missing.
func (p *pipe) written() int64 { return p.read.Load() }
