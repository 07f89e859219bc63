package lambda

import (
	"cmp"
	"strings"
	"unicode/utf8"
)

const maxWords = 300 // bytes of what a function says of its failure

// Explain says why an invocation failed, what API Gateway's execution log has of it, and what to
// do.
func (e *Error) Explain() (why, aws, do string) {
	message := clip(e.Message())
	aws = "Lambda execution failed with status 200 due to customer function error: " + message
	said := clip(withoutID(e.Message()))
	switch {
	case e.Type == "Sandbox.Timedout":
		why, do = "the function timed out: "+said, "raise its Timeout, or see by its lines in the log what it waits for"
	case e.Type == "Runtime.InvalidEntrypoint":
		why, do = "the function's program cannot be started: "+said, "see that it is there, and made for this machine"
	case e.Init && e.Place != "":
		why, do = "the function did not start: "+e.Place+": "+named(e.Type, said), "mend that line"
	case e.Init:
		why, do = "the function did not start: "+named(e.Type, said), "see its lines of init in the log"
	case e.Type == "Runtime.ExitError":
		why, do = "the function's process ended before it answered: "+said, "see its last lines in the log"
	case strings.Contains(said, "Object of type coroutine is not JSON"):
		why = "the function failed: " + named(e.Type, said)
		do = "Lambda's Python awaits no handler: make it one without async, which calls asyncio.run"
	case e.Type == "Function.ResponseSizeTooLarge":
		why, do = "the function's answer is too large: "+said, "answer less; a message to a client holds 128 KB"
	default:
		why, do = "the function failed: "+named(e.Type, said), "see its lines in the log, and the run in the console's ladder"
	}
	return why, aws, cmp.Or(e.Do, do)
}

func named(typ, message string) string {
	switch {
	case message == "":
		return typ
	case typ == "":
		return message
	}
	return typ + ": " + message
}

// withoutID takes the request ID out, by which the same failure would be another each time.
func withoutID(message string) string {
	rest, ok := strings.CutPrefix(message, "RequestId: ")
	if !ok {
		return message
	}
	if _, after, found := strings.Cut(rest, " Error: "); found {
		return after
	}
	return message
}

// clip shortens a text to a line of bearable length.
func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= maxWords {
		return s
	}
	end := maxWords
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// throttled is an event that a function has no room for.
type throttled struct{}

func (throttled) Error() string {
	return "TooManyRequestsException: the function's concurrency is used up"
}

// Explain is that of an *Error.
func (throttled) Explain() (why, aws, do string) {
	return "the function already works on as many events as it may",
		"Execution failed due to configuration error: Rate Exceeded.",
		"raise its ReservedConcurrentExecutions, or have clients try again later"
}
