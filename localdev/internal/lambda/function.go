// Package lambda runs functions as Lambda does: each instance is a process of the function's bootstrap that asks the
// Runtime API (version 2018-06-01) for one event after the other and answers there.
//
// A Pool belongs to one function. An event takes the instance that was idle last, or queues and starts another one. What
// ends an instance (a crash, a time-out, a new build) is decided in one place, under the pool's lock:
//
//	starting ──next──▶ idle ──event──▶ busy ──response/error──▶ answered ──next──▶ idle or busy
//	    └──────────────┴───────────────┴──────────┴──▶ doomed ──process gone──▶ (removed)
package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/proc"
	"github.com/parley-rtc/parley/localdev/internal/weather"
)

// Function says what is run, and how.
type Function struct {
	Name        string // physical name
	ARN         string
	Folder      string // the name on the bill
	Label       string // the name in the log and in the console
	Handler     string
	Runtime     string // as Lambda names it
	Region      string
	MemoryMB    int
	Timeout     time.Duration
	Reserved    *int // events at a time, others are throttled; nil is no limit
	Environment map[string]string
	LogFormat   string   // Text or JSON, as the function is told; "" is that it is not
	LogLevel    string   // for JSON; "" is INFO
	LogGroup    string   // "" is that of its name
	Args        []string // of the binary
	Dir         string   // working folder, and LAMBDA_TASK_ROOT; "" is that of the binary
}

// A Meter is told of what Lambda would bill.
type Meter interface {
	// Invoked counts an event handed to an instance.
	Invoked(folder string)
	// Ran counts its duration, with that of a cold start before it.
	Ran(memoryMB int, d time.Duration)
}

// Options are what all functions of a localdev share.
type Options struct {
	Starter      *proc.Starter
	Keys         *Keys
	Meter        Meter
	Log          *slog.Logger
	Output       io.Writer        // what functions print, a line a Write: function, request ID, line
	MaxInstances int              // of one function at a time; 0 is 100
	Weather      *weather.Weather // nil is fair
	Awake        bool             // processes are not frozen between events
	// Advise says what to do about an error that a function reports, "" if nothing is known; it may
	// be nil.
	Advise func(message string) (do string)
}

var (
	// ErrClosed says that the pool was closed.
	ErrClosed = errors.New("function pool is closed")
	// ErrThrottled says that the function works on as many events as it may. Lambda's callers then read "Rate Exceeded."
	ErrThrottled error = throttled{}
)

// Error is a failed invocation: the function's own error, its crash or its time-out.
type Error struct {
	Type    string // e.g. Runtime.ExitError
	Init    bool   // it did not come as far as an event
	Payload []byte // {"errorMessage": …, "errorType": …}, as the Invoke API returns it
	Place   string // file:line of code that is none, as far as it is known
	Do      string // about it, where more is known than its Type says
}

func (e *Error) Error() string { return fmt.Sprintf("function error %s: %s", e.Type, e.Payload) }

// newError makes the payload in the form that Lambda itself writes.
func newError(typ, message string) *Error {
	payload, err := json.Marshal(struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}{message, typ})
	if err != nil { // two strings always marshal
		payload = []byte(`{}`)
	}
	return &Error{Type: typ, Payload: payload}
}

// exitError describes a process that ended while it had requestID to handle.
func exitError(requestID string, err error) *Error {
	if err == nil {
		return newError("Runtime.ExitError", "RequestId: "+requestID+" Error: Runtime exited without providing a reason")
	}
	return newError("Runtime.ExitError", "RequestId: "+requestID+" Error: Runtime exited with error: "+err.Error())
}

// TimedOut is the failure of an event that took too long.
func TimedOut(requestID string, after time.Duration) *Error {
	return newError("Sandbox.Timedout",
		fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", requestID, after.Seconds()))
}

// Message is the errorMessage of the payload.
func (e *Error) Message() string {
	var said struct {
		Message string `json:"errorMessage"`
	}
	if json.Unmarshal(e.Payload, &said) != nil {
		return ""
	}
	return said.Message
}

// Answer is what the Invoke API answers, with status 200.
func (e *Error) Answer() []byte { return e.Payload }
