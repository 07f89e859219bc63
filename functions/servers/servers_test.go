package servers

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

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
