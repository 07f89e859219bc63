//go:build unix

package dynamo

import (
	"io"
	"os"
	"syscall"
)

// lock takes the lock file until it is closed, or this process ends however it may: two localdevs on one set of tables would take each other's
// peers for gone.
func lock(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, errInUse
	}
	return f, nil
}
