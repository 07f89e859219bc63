package lambda

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

// report is what Lambda's own log lines about an event say.
type report struct {
	id       string
	started  bool // the START line; else those of the end
	duration time.Duration
	init     time.Duration // 0 unless this was a cold start
	timeout  time.Duration
	memoryMB int
	usedMB   int
	at       time.Time
	err      error
	text     string // a line of its own
	pid      int
	call     *Call
}

// peakMB reads the most memory that a process has used, 0 where there is no /proc.
func peakMB(pid int) int {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.Atoi(fields[0]) // 0 if it is no number
	return (kb + 1023) / 1024
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// appendLines appends the log lines of a report, in Lambda's format.
func (r *report) appendLines(b []byte) []byte {
	switch {
	case r.text != "":
		return append(append(b, r.text...), '\n')
	case r.started:
		return append(append(append(b, "START RequestId: "...), r.id...), " Version: $LATEST\n"...)
	}
	var failed *Error
	if r.err != nil && errors.As(r.err, &failed) && failed.Type == "Sandbox.Timedout" {
		b = fmt.Appendf(b, "%s %s Task timed out after %.2f seconds\n",
			r.at.UTC().Format("2006-01-02T15:04:05.000Z"), r.id, r.timeout.Seconds())
	}
	b = append(append(append(b, "END RequestId: "...), r.id...), '\n')
	b = append(append(b, "REPORT RequestId: "...), r.id...)
	b = strconv.AppendFloat(append(b, "\tDuration: "...), ms(r.duration), 'f', 2, 64)
	b = strconv.AppendFloat(append(b, " ms\tBilled Duration: "...), math.Ceil(ms(r.duration+r.init)), 'f', 0, 64)
	b = strconv.AppendInt(append(b, " ms\tMemory Size: "...), int64(r.memoryMB), 10)
	b = append(b, " MB\t"...)
	if r.usedMB > 0 {
		b = append(strconv.AppendInt(append(b, "Max Memory Used: "...), int64(r.usedMB), 10), " MB\t"...)
	}
	if r.init > 0 {
		b = append(strconv.AppendFloat(append(b, "Init Duration: "...), ms(r.init), 'f', 2, 64), " ms\t"...)
	}
	return append(b, '\n')
}

// reportEnd says that an instance is through with an event. The caller holds the pool's lock.
func (p *Pool) reportEnd(in *instance, inv *invocation, now time.Time, err error) {
	r := &inv.report
	*r = report{
		id: inv.id, duration: now.Sub(inv.started), init: in.unbilledInit, timeout: p.fn.Timeout, memoryMB: p.fn.MemoryMB,
		at: now, err: err, call: inv.call,
	}
	if in.child != nil {
		r.pid = in.child.PID()
	}
	if inv.call != nil && inv.call.Tail {
		inv.logged = make(chan struct{})
	}
	in.output.ends(r, inv.logged)
}

// reportInit says that an init failed. The caller holds the pool's lock.
func (p *Pool) reportInit(in *instance, failure *Error) {
	status := "error"
	if failure != nil && failure.Type == "Sandbox.Timedout" {
		status = "timeout"
	}
	text := fmt.Sprintf("INIT_REPORT Init Duration: %.2f ms\tPhase: init\tStatus: %s", ms(time.Since(in.began)), status)
	if status == "error" {
		typ := "Runtime.ExitError"
		if failure != nil {
			typ = failure.Type
		}
		text += "\tError Type: " + typ
	}
	in.output.ends(&report{id: "init", text: text}, nil)
}
