package gateway

import (
	"errors"
	"log/slog"

	"github.com/parley-rtc/parley/internal/rescue"
	"github.com/parley-rtc/parley/internal/signaling"
)

// rescue is deferred by what handles an event. A panic in it would end the process, and Lambda would
// report a crash to who connects, and to nobody else: so it ends like any other failure of ours, and tell
// says it to the client, if it is not nil.
func (a *account) rescue(msg string, tell func(refusal *signaling.Error) error) {
	v := recover()
	if v == nil {
		return
	}
	var err error = rescue.From(v)
	if tell != nil {
		refusal := signaling.Describe(err)
		err = errors.Join(err, rescue.Do(func() error { return tell(refusal) }))
	}
	a.fail(slog.LevelError, msg, signaling.CodeInternal, err)
}

// stack says where an error came from that was a panic.
func stack(err error) []slog.Attr {
	if e, ok := errors.AsType[*rescue.PanicError](err); ok {
		return []slog.Attr{slog.Any("stack", e.Stack)}
	}
	return nil
}
