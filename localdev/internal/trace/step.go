package trace

import (
	"strings"
	"time"
)

// Step is one thing that a span caused. Which fields are set depends on Kind.
type Step struct {
	Kind  StepKind
	Began time.Time
	Took  time.Duration

	Direct bool   // API Gateway asked itself, and no function
	Name   string // function, operation, connection
	Table  string // of a DynamoDB call
	Status int    // HTTP status
	Bytes  int    // of a body: what was pushed or answered, or of a request to DynamoDB
	Text   string // body or log line, shortened to MaxBody bytes

	WRU, RRU  float64
	RequestID string        // of an invocation
	Instance  string        // that ran it
	Cold      time.Duration // the init before it, 0 if it was warm
	Billed    time.Duration
	MemoryMB  int
	Failure   string
}

// StepKind is what a step is.
type StepKind string

// The kinds of steps.
const (
	Invoke StepKind = "invoke" // a function ran
	Dynamo StepKind = "dynamo" // a DynamoDB call
	HTTP   StepKind = "http"   // a request to a back end over HTTP
	Push   StepKind = "push"   // a POST to @connections
	Later  StepKind = "later"  // an event for a function, which Lambda took to run it by itself
	Reply  StepKind = "reply"  // API Gateway's own frame, or a route response, to the client that sent the message
	Line   StepKind = "log"    // a line that a function printed
)

// Add appends a step and is a no-op on a nil Span.
func (s *Span) Add(step Step) {
	if s == nil {
		return
	}
	step.Text = shorten(step.Text)
	step.Failure = shorten(step.Failure)
	s.mu.Lock()
	s.version = s.log.version.Add(1)
	if len(s.steps) >= maxSteps && step.Kind != Invoke && step.Kind != Reply { // of which there are few
		s.dropped++
		s.mu.Unlock()
		return
	}
	if s.steps == nil && s.start.Event != nil {
		s.steps = make([]Step, 0, 4) // a run with its line, and a push or two
	}
	s.steps = append(s.steps, step)
	s.mu.Unlock()
	s.log.grew(s, stepCost+len(step.Text)+len(step.Failure))
}

// Push records a POST to a connection and how it was answered, and why if it was refused.
func (s *Span) Push(to string, body []byte, began time.Time, status int, refused string) {
	if s == nil {
		return
	}
	s.Add(Step{
		Kind: Push, Name: to, Began: began, Took: time.Since(began), Status: status, Bytes: len(body), Failure: refused,
		Text: string(body[:min(len(body), MaxBody)]), // a copy: the caller's buffer is used again
	})
}

// Reply records a frame of API Gateway's to the client that sent the message.
func (s *Span) Reply(body []byte) {
	if s == nil {
		return
	}
	s.Add(Step{Kind: Reply, Name: s.start.Connection, Began: time.Now(), Bytes: len(body), Text: string(body[:min(len(body), MaxBody)])})
}

// Line records a line that a function printed.
func (s *Span) Line(function string, line []byte) {
	if s == nil {
		return
	}
	s.Add(Step{Kind: Line, Name: function, Began: time.Now(), Text: string(line)})
}

// shorten cuts s; the clone lets go of the rest.
func shorten(s string) string {
	if len(s) <= MaxBody {
		return s
	}
	return strings.Clone(s[:MaxBody])
}
