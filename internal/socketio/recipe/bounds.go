package recipe

import (
	"fmt"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// What one event may do. A recipe that is meant well comes nowhere near.
const (
	maxSteps = 1024    // steps, those of loops each time
	maxEmits = 256     // events to one socket, as a loop over a room makes them
	maxWide  = 32      // events to a room or to all, each of which is as many posts as there are sockets
	maxLoop  = 256     // items of a list that is looped over
	maxBytes = 1 << 20 // of what is made and sent
	maxDepth = 64      // of lists and objects in each other, as a client sends them
)

// What a recipe may be.
const (
	MaxSource   = 64 << 10      // of YAML
	maxPacked   = 4 * MaxSource // of what is made of it
	maxNested   = 8             // steps in steps
	maxLiteral  = 16            // lists and objects in each other, as a recipe writes them
	maxProblems = 20            // that are told at once
)

var errDeep = complaint("lists and objects in each other are more than %d", maxDepth)

// complaint is an event that came to nothing for what the client sent.
func complaint(format string, args ...any) error {
	return server.Complaint(fmt.Sprintf(format, args...))
}

// spent is what an event has used of its bounds.
type spent struct{ steps, emits, wide, bytes int }

func (s *spent) step() error {
	if s.steps++; s.steps > maxSteps {
		return complaint("one event takes more than %d steps", maxSteps)
	}
	return nil
}

func (s *spent) emit(wide bool) error {
	if s.emits++; s.emits > maxEmits {
		return complaint("one event emits more than %d times", maxEmits)
	}
	if !wide {
		return nil
	}
	if s.wide++; s.wide > maxWide {
		return complaint("one event emits to rooms or to all more than %d times", maxWide)
	}
	return nil
}

func (s *spent) make(bytes int) error {
	if s.bytes += bytes; s.bytes > maxBytes {
		return complaint("one event makes and sends more than a megabyte")
	}
	return nil
}
