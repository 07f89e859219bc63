package template

import "fmt"

// Error is what is wrong with a template, with its place. Its text is file:line:column: message, as editors and terminals link it.
type Error struct {
	Path   string // as the caller named it
	Line   int    // 1-based; 0 when it concerns the whole file
	Column int    // 1-based, in characters
	Msg    string // what is wrong, and what to do
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
