package servers

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/script"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// TestTheServerOfTheDocumentIsThisOne holds the code in docs/socketio.md to that of example_test.go,
// and what is said to come of it to what does.
func TestTheServerOfTheDocumentIsThisOne(t *testing.T) {
	doc, err := os.ReadFile("../../docs/socketio.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(doc), "\n```go\n"+string(code)+"```\n")
	if !ok {
		t.Fatal("docs/socketio.md does not have example_test.go as it is: copy it there")
	}
	_, after, _ = strings.Cut(after, "\n\n```\n")
	source, _, _ := strings.Cut(after, "```\n")
	lesson, err := script.Parse([]byte(source), "docs/socketio.md")
	if err != nil {
		t.Fatal(err)
	}
	if source == "" {
		t.Error("docs/socketio.md does not say what comes of it")
	}
	if differences := lesson.Differences(lesson.Play(t.Context(), school("chalk"))); len(differences) > 0 {
		t.Error(strings.Join(differences, "\n"))
	}
}

// TestTheLoungeIsThereForWhoAsksForIt: what is deployed has it only under its tag.
func TestTheLoungeIsThereForWhoAsksForIt(t *testing.T) {
	for tags, want := range map[string]bool{"lambda.norpc": false, "lambda.norpc,lounge": true} {
		for _, function := range []string{"../message", "../disconnect"} {
			out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", tags, function).Output()
			if err != nil {
				t.Fatal(err)
			}
			got := slices.Contains(strings.Fields(string(out)), "github.com/parley-rtc/parley/functions/servers/lounge")
			if got != want {
				t.Errorf("%s with the tags %s: got %v, want %v", function, tags, got, want)
			}
		}
	}
	own := server.New()
	if all := withExamples(map[string]server.App{"lounge": own}); all["lounge"] != server.App(own) {
		t.Error("an example goes before a server of the project's own")
	}
}
