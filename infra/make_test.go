package infra_test

import (
	"os/exec"
	"strings"
	"testing"
)

// The CDK's CLI runs the app for each of its commands, and the app wants the functions' folders.
func TestEveryCommandOfTheCDKHasTheFunctionsBuilt(t *testing.T) {
	for _, target := range []string{"synth", "diff", "deploy", "destroy"} {
		out, err := exec.CommandContext(t.Context(), "make", "-C", "..", "--dry-run", "--always-make", target).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		before, _, found := strings.Cut(string(out), "cdk "+target)
		for _, name := range []string{"connect", "disconnect", "message"} {
			if !found || !strings.Contains(before, "./functions/"+name+"\n") {
				t.Errorf("make %s does not build %s first:\n%s", target, name, out)
			}
		}
	}
}
