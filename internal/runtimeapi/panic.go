package runtimeapi

import (
	"fmt"
	"runtime"
	"strings"
)

// maxFrames is how much is told of where a panic came from.
const maxFrames = 32

func describePanic(v any) *failure {
	if e, ok := v.(failure); ok {
		return &e
	}
	return &failure{Message: fmt.Sprintf("%v", v), Type: typeName(v), StackTrace: stack(), ShouldExit: true}
}

// stack returns where a panic came from, as describePanic is told of it by who recovers.
func stack() []*stackFrame {
	const hidden = 2 // Callers and stack
	pcs := make([]uintptr, maxFrames)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(hidden, pcs)])
	var all []*stackFrame
	for {
		frame, more := frames.Next()
		path, label := shorten(frame.File, frame.Function)
		all = append(all, &stackFrame{Path: path, Line: int32(frame.Line), Label: label}) //nolint:gosec // a line
		if !more {
			return all
		}
	}
}

// shorten leaves out of a path where the module lies, and out of a function's name what the path says.
func shorten(path, function string) (string, string) {
	at := len(path)
	for range strings.Count(function, "/") + 2 {
		if at = strings.LastIndexByte(path[:at], '/'); at < 0 {
			break
		}
	}
	name := function[strings.LastIndexByte(function, '/')+1:]
	return path[at+1:], name[strings.IndexByte(name, '.')+1:]
}
