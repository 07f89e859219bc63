package runner

import (
	"context"
	"fmt"
)

// Missing is a function that cannot be run. Each event fails, and whoever sends it says why.
type Missing struct {
	Line int // in the template
	Why  string
}

// Invoke fails.
func (m *Missing) Invoke(context.Context, []byte) ([]byte, error) { return nil, cannotRun{m} }

// Start has done told so.
func (m *Missing) Start(_ context.Context, _ []byte, done func(answer []byte, err error)) (leave func()) {
	done(nil, cannotRun{m})
	return func() {}
}

type cannotRun struct{ *Missing }

func (c cannotRun) Error() string {
	return fmt.Sprintf("function cannot be run (line %d of the template): %s", c.Line, c.Why)
}

// Explain is that of lambda.Error. AWS would run the function.
func (c cannotRun) Explain() (why, aws, do string) { return c.Error(), "", "" }
