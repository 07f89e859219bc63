// Package jsonlog writes the log as slog.JSONHandler does, to the byte, but what is usual in a line
// without reflection: each event writes one, and slog takes a float through encoding/json. What is
// unusual is left to slog, so that it cannot differ.
package jsonlog

import (
	"context"
	"io"
	"log/slog"
	"math"
	"strconv"
	"sync"
	"time"
)

// Handler is a slog.Handler. Attributes of its own or groups make it slog's.
type Handler struct {
	slog.Handler
	out *output
}

// New returns one that writes records of that level and above. It calls Write once a record, and
// never twice at a time.
func New(w io.Writer, level slog.Leveler) *Handler {
	out := &output{w: w}
	return &Handler{slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level}), out}
}

// An Appender is a value that knows its own JSON. As a json.Marshaler, it is to say the same.
type Appender interface {
	AppendJSON(to []byte) []byte
}

// Handle implements slog.Handler.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	buffer := buffers.Get().(*[]byte)
	line, usual := appendRecord((*buffer)[:0], &r)
	var err error
	if usual {
		_, err = h.out.Write(line)
	}
	if cap(line) <= maxKept {
		*buffer = line
		buffers.Put(buffer)
	}
	if !usual {
		err = h.Handler.Handle(ctx, r)
	}
	return err
}

// maxKept is how large a buffer may be that is kept for later lines.
const maxKept = 16 << 10

var buffers = sync.Pool{New: func() any { return new(make([]byte, 0, 1<<10)) }}

// output is where both Handlers write.
type output struct {
	mu sync.Mutex
	w  io.Writer
}

func (o *output) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(line)
}

// appendRecord appends the line of a record, and reports whether there is nothing unusual in it.
func appendRecord(to []byte, r *slog.Record) (line []byte, usual bool) {
	if y := r.Time.Year(); r.Time.IsZero() || y < 0 || y > 9999 {
		return to, false
	}
	to = append(to, `{"time":"`...)
	to = r.Time.AppendFormat(to, time.RFC3339Nano)
	to = append(to, `","level":`...)
	to, level := appendText(to, r.Level.String())
	to = append(to, `,"msg":`...)
	to, usual = appendText(to, r.Message)
	usual = usual && level
	r.Attrs(func(a slog.Attr) bool {
		usual = usual && a.Key != ""
		if usual {
			to = append(to, ',')
			to, usual = appendText(to, a.Key)
		}
		if usual {
			to = append(to, ':')
			to, usual = appendValue(to, a.Value)
		}
		return usual
	})
	return append(to, "}\n"...), usual
}

func appendValue(to []byte, v slog.Value) (line []byte, usual bool) {
	switch v.Kind() {
	case slog.KindString:
		return appendText(to, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(to, v.Int64(), 10), true
	case slog.KindFloat64:
		return appendFloat(to, v.Float64())
	case slog.KindAny:
		if a, ok := v.Any().(Appender); ok {
			return a.AppendJSON(to), true
		}
	}
	return to, false
}

// appendText appends a string of characters of ASCII that stand for themselves.
func appendText(to []byte, s string) (line []byte, usual bool) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return to, false
		}
	}
	to = append(to, '"')
	to = append(to, s...)
	return append(to, '"'), true
}

// appendFloat appends a number as encoding/json does, whose exponents are those of JavaScript.
func appendFloat(to []byte, f float64) (line []byte, usual bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return to, false
	}
	if size := math.Abs(f); size == 0 || size >= 1e-6 && size < 1e21 {
		return strconv.AppendFloat(to, f, 'f', -1, 64), true
	}
	to = strconv.AppendFloat(to, f, 'e', -1, 64)
	if n := len(to); to[n-3] == '-' && to[n-2] == '0' { // e-09 is e-9
		to = append(to[:n-2], to[n-1])
	}
	return to, true
}
