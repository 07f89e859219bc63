package template

import (
	"errors"
	"fmt"
)

// Error is what is wrong with a template, with its place. Its text is file:line:column: message, as
// editors and terminals link it.
type Error struct {
	Path   string // as the caller named it
	Line   int    // 1-based; 0 when it concerns the whole file
	Column int    // 1-based, in characters
	Msg    string // what is wrong, and what to do
	// Notices are what was known by then, which may be the cause.
	Notices []Notice
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Path + ": " + e.Msg
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Path, e.Line, e.Column, e.Msg)
}

// fault is what is wrong at a place; Load makes an Error of one that stops it.
type fault struct {
	at  pos
	msg string
}

func (f *fault) Error() string { return f.msg }

func faultf(at pos, format string, args ...any) error {
	return &fault{at: at, msg: fmt.Sprintf(format, args...)}
}

// asFault returns the fault in an error, else one at the given place.
func asFault(at pos, err error) *fault {
	if f := (*fault)(nil); errors.As(err, &f) {
		return f
	}
	return &fault{at: at, msg: err.Error()}
}

// noticeOf makes a Notice of a fault that stops nothing.
func noticeOf(id string, err error) Notice {
	f := asFault(pos{}, err)
	return Notice{LogicalID: id, File: f.at.file, Line: f.at.line, Text: f.msg}
}
