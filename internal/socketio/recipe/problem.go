package recipe

import (
	"errors"
	"fmt"
	"strings"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// Problem is one thing that is wrong with a recipe.
type Problem struct {
	File  string
	Line  int
	Words string
}

func (p Problem) Error() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Words) }

// Problems is what Parse fails with: all that is wrong, in the order of lines.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Failure is an event that ended before the recipe's steps were done.
type Failure struct {
	File string
	Line int
	Step string // its word: emit, join…
	Err  error
}

func (f *Failure) Error() string { return fmt.Sprintf("%s:%d: %s: %v", f.File, f.Line, f.Step, f.Err) }
func (f *Failure) Unwrap() error { return f.Err }

// As has a failure that is of the client's making be a Complaint, which still names the line.
func (f *Failure) As(target any) bool {
	complaint, ok := target.(*server.Complaint)
	if !ok {
		return false
	}
	if _, asked := errors.AsType[server.Complaint](f.Err); !asked && !errors.Is(f.Err, server.ErrTooMany) {
		return false
	}
	*complaint = server.Complaint(f.Error())
	return true
}

// Near says which of the words was probably meant, or else which there are.
func Near(word string, words []string) string {
	best, least := "", max(2, len(word)/3+1)
	for _, w := range words {
		if d := distance(strings.ToLower(word), strings.ToLower(w)); d < least {
			best, least = w, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "there are " + strings.Join(words, ", ")
}

// distance is how many letters have to be put in, taken out or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		above := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := above
			if a[i] != b[j] {
				changed++
			}
			above = row[j+1]
			row[j+1] = min(changed, above+1, row[j]+1)
		}
	}
	return row[len(b)]
}
