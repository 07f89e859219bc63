package runtimeapi

import (
	"bytes"
	"encoding/json"
	"os"
)

// maxCause is how long what X-Ray is told of a failure may be, in bytes.
const maxCause = 1 << 20

// cause is a failure as X-Ray has it.
type cause struct {
	WorkingDirectory string      `json:"working_directory"`
	Exceptions       []exception `json:"exceptions"`
	Paths            []string    `json:"paths"`
}

type exception struct {
	Type    string        `json:"type"`
	Message string        `json:"message"`
	Stack   []*stackFrame `json:"stack"`
}

// causeOf returns a failure as X-Ray is told of it, in JSON, or nil where it cannot be told.
func causeOf(f *failure) []byte {
	c := cause{Paths: []string{}}
	c.WorkingDirectory, _ = os.Getwd()
	e := exception{f.Type, f.Message, []*stackFrame{}}
	seen := map[string]bool{}
	for _, frame := range f.StackTrace {
		e.Stack = append(e.Stack, frame)
		if !seen[frame.Path] {
			seen[frame.Path] = true
			c.Paths = append(c.Paths, frame.Path)
		}
	}
	c.Exceptions = []exception{e}
	told, err := json.Marshal(c)
	if err != nil || len(told) >= maxCause || bytes.IndexByte(told, 0x7f) >= 0 { // JSON may hold that, a field may not
		return nil
	}
	return told
}
