package proc

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// Demand is how long the threads that the process has now have had a processor or waited for one.
// What waits for anything else adds nothing to it, however busy the machine is. It is false if the
// system does not say.
func (c *Child) Demand() (time.Duration, bool) {
	tasks := "/proc/" + strconv.Itoa(c.PID()) + "/task"
	threads, err := os.ReadDir(tasks)
	if err != nil {
		return 0, false
	}
	var sum int64
	for _, t := range threads {
		text, err := os.ReadFile(tasks + "/" + t.Name() + "/schedstat")
		if os.IsNotExist(err) && len(threads) > 1 { // the thread has ended since
			continue
		}
		fields := bytes.Fields(text) // ns that it ran, ns that it waited to, how often it was let
		if err != nil || len(fields) < 2 {
			return 0, false
		}
		for _, f := range fields[:2] {
			n, err := strconv.ParseInt(string(f), 10, 64)
			if err != nil {
				return 0, false
			}
			sum += n
		}
	}
	return time.Duration(sum), true
}
