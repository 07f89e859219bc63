package runner

import (
	"context"
	"errors"
	"log/slog"
)

// Missing is a function that cannot be run. Each event fails and says why in the log.
type Missing struct {
	Function string // logical ID
	Line     int    // in the template
	Why      string
	Log      *slog.Logger
}

// Invoke fails.
func (m *Missing) Invoke(context.Context, []byte) ([]byte, error) {
	m.Log.Error("function cannot be run", "function", m.Function, "line", m.Line, "reason", m.Why)
	return nil, errors.New(m.Why)
}
