package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// share is a group of processes that together get a part of a processor, as a function does on
// Lambda, where 1,769 MB are a whole one: in each period of 20 ms that part of it, and then nothing
// more until the next (Linux, as root).
type share struct{ dir string }

const (
	sharePeriod = 20_000 // µs
	wholeCore   = 1769   // MB
)

// newShare makes the group of a memory size, or skips the benchmark where nobody may.
func newShare(b *testing.B, name string, megabytes float64) share {
	b.Helper()
	quota := strconv.Itoa(int(sharePeriod * megabytes / wholeCore))
	settings := []struct{ root, file, value string }{ // of cgroups, version 1 and 2
		{"/sys/fs/cgroup/cpu", "cpu.cfs_period_us", strconv.Itoa(sharePeriod)},
		{"/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", quota},
	}
	if _, err := os.Stat(settings[0].root); err != nil {
		settings = settings[:1]
		settings[0].root, settings[0].file = "/sys/fs/cgroup", "cpu.max"
		settings[0].value = fmt.Sprint(quota, " ", sharePeriod)
	}
	s := share{filepath.Join(settings[0].root, fmt.Sprintf("parley-%d-%s", os.Getpid(), name))}
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		b.Skipf("this wants to make groups of processes: %v", err)
	}
	b.Cleanup(func() { _ = os.Remove(s.dir) })
	for _, setting := range settings {
		if err := os.WriteFile(filepath.Join(s.dir, setting.file), []byte(setting.value), 0o600); err != nil {
			b.Skipf("this wants to give a group of processes its share: %v", err)
		}
	}
	return s
}

func (s share) add(b *testing.B, pid int) {
	b.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o600); err != nil {
		b.Fatal(err)
	}
}
