// Package rescue makes errors of panics, so that one request fails by a mistake and not the
// process, whose other clients have done nothing.
package rescue

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// PanicError is a panic that was caught. What the code panicked with may hold anything that a
// client sent, so only its type is kept, or what Go's runtime says.
type PanicError struct {
	What  string
	Stack []string // function and place of each call, the innermost first
}

func (e *PanicError) Error() string {
	place := "an unknown place"
	if len(e.Stack) > 0 {
		place = e.Stack[0][strings.LastIndexByte(e.Stack[0], ' ')+1:]
	}
	return fmt.Sprintf("panicked with %s at %s", e.What, place)
}

// Do returns the error of do, which is a *PanicError if it panicked.
func Do(do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = From(v)
		}
	}()
	return do()
}

// From is for who recovered v: a deferred function, so that the stack is still there.
func From(v any) *PanicError {
	e := &PanicError{What: fmt.Sprintf("%T", v)}
	if of, ok := v.(runtime.Error); ok {
		e.What = of.Error()
	}
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	raised := false
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if raised && !strings.HasPrefix(f.Function, "runtime.") {
			e.Stack = append(e.Stack, fmt.Sprintf("%s %s:%d", filepath.Base(f.Function), filepath.Base(f.File), f.Line))
		}
		raised = raised || f.Function == "runtime.gopanic"
	}
	return e
}
