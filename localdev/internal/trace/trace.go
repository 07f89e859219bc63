// Package trace remembers the latest messages of the emulated API with what each of them caused: the function that ran,
// what it logged, its DynamoDB calls and its pushes. The console draws them.
//
// A Log always records, so that what led to a surprise is there when somebody opens the console. Recording a step is an
// append under a lock of its own; nothing is encoded and nobody is told until a page asks. What is kept is bounded in
// number and in bytes, lives in memory only, and never goes to a log.
package trace

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of what is kept.
const (
	MaxBody  = 8 * 1024        // bytes of one body
	maxSpans = 1000            // messages in a Log
	maxBytes = 8 * 1024 * 1024 // of their bodies, events, steps and log lines
	maxSteps = 200             // of one message; further ones are only counted
	stepCost = 256             // bytes a step takes by itself, about
)

// Log keeps the latest spans. The zero value is ready to use; a nil Log keeps nothing.
type Log struct {
	version atomic.Uint64 // grows with every change

	mu    sync.Mutex
	last  uint64
	spans []*Span // the oldest first
	bytes int
}

// Kind is what began a span.
type Kind string

// The kinds of spans.
const (
	Authorize  Kind = "authorize" // an authorizer before a handshake; Status is 0 if it let it through
	Connect    Kind = "connect"
	Message    Kind = "message"
	Disconnect Kind = "disconnect"
	Post       Kind = "post"  // to @connections, by somebody who is no function of this template
	Async      Kind = "async" // an asynchronous event of the Invoke API, with all its tries
)

// Start says what a span is about. Event is kept and must not be changed.
type Start struct {
	Kind       Kind
	API        string
	Connection string
	Route      string // "" if no route took the message
	By         string // the function that sent an asynchronous event; "" if none did
	RequestID  string
	At         time.Time // emulated
	Bytes      int       // that the client sent
	Event      []byte    // for the function; its body may be shortened, see Short
	Short      bool      // the body in Event is not whole
	Body       []byte    // only where there is no Event
}

// Span is one message, handshake or end, and what it caused. Its methods may be called on a nil Span and from any
// goroutine, and also after End: a function may go on for longer than its caller waits.
type Span struct {
	log   *Log
	id    uint64
	start Start
	began time.Time

	size    int  // bytes; guarded by the Log's lock
	evicted bool // guarded by the Log's lock

	mu      sync.Mutex
	version uint64
	took    time.Duration
	ended   bool
	status  int // of a handshake
	failure string
	steps   []Step
	dropped int
}

// Begin adds a span. It returns nil on a nil Log.
func (l *Log) Begin(s Start) *Span {
	if l == nil {
		return nil
	}
	s.Body = clip(s.Body)
	span := &Span{log: l, start: s, began: time.Now(), size: 512 + len(s.Event) + len(s.Body)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	span.id = l.last
	span.version = l.version.Add(1)
	l.spans = append(l.spans, span)
	l.bytes += span.size
	l.evict()
	return span
}

// evict drops the oldest spans until the rest is within the bounds. The caller holds mu.
func (l *Log) evict() {
	n := 0
	for len(l.spans)-n > maxSpans || l.bytes > maxBytes && len(l.spans)-n > 1 {
		old := l.spans[n]
		l.bytes -= old.size
		old.evicted = true
		l.spans[n] = nil // else the array would hold it until it is copied
		n++
	}
	l.spans = l.spans[n:]
}

// grew counts bytes that a span has come to hold.
func (l *Log) grew(s *Span, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.evicted {
		return
	}
	s.size += n
	l.bytes += n
	l.evict()
}

// Clear forgets all spans.
func (l *Log) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.spans {
		s.evicted = true
	}
	l.spans, l.bytes = nil, 0
}

// End says that whoever waited for the span has its answer.
func (s *Span) End() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took = time.Since(s.began)
	s.ended = true
	s.version = s.log.version.Add(1)
}

// Status sets the HTTP status that a handshake got.
func (s *Span) Status(code int) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = code
}

// Fail says in a few words what went wrong; nil is nothing.
func (s *Span) Fail(err error) {
	if s == nil || err == nil {
		return
	}
	text := err.Error()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = text[:min(len(text), 1024)]
}

// About returns the route and the request ID of the event.
func (s *Span) About() (route, requestID string) {
	if s == nil {
		return "", ""
	}
	return s.start.Route, s.start.RequestID
}

// Invocation returns the request ID of the function's run that ended last, "" if none did.
func (s *Span) Invocation() string {
	if s == nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, step := range slices.Backward(s.steps) {
		if step.Kind == Invoke {
			return step.RequestID
		}
	}
	return ""
}

func clip(b []byte) []byte {
	if b == nil {
		return nil
	}
	return bytes.Clone(b[:min(len(b), MaxBody)])
}

type key struct{}

// With puts a span into a context, for those that work on it.
func With(ctx context.Context, s *Span) context.Context {
	if s == nil {
		return ctx
	}
	return context.WithValue(ctx, key{}, s)
}

// From returns the context's span, nil if it has none.
func From(ctx context.Context) *Span {
	s, _ := ctx.Value(key{}).(*Span)
	return s
}
