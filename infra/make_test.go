package infra_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
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

func TestTheCLIFindsNoOptionsOfItsOwnInTheEnvironment(t *testing.T) {
	args := []string{"-C", "..", "--no-print-directory", "--eval", "environment: ; @env", "environment", "CDK=-c auth=none"}
	out, err := exec.CommandContext(t.Context(), "make", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(out), "\n")
	if i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "CDK=") }); i >= 0 {
		t.Errorf("make hands on %s, which the CDK's CLI takes for an option", lines[i])
	}
	if !slices.Contains(lines, "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20") {
		t.Errorf("with Node 20, which README.md says is enough, each command of the CDK warns of it")
	}
}

// JSON goes through two shells and make: what docs/deploy.md shows has to come out whole.
func TestTheDocumentQuotesJSONAsMakeWantsIt(t *testing.T) {
	text, err := os.ReadFile("../docs/deploy.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^make deploy (CDK=".*iceServers.*")$`).FindAllStringSubmatch(string(text), -1)
	if len(lines) != 1 {
		t.Fatalf("got %d examples with iceServers, want one", len(lines))
	}
	script := "make -C .. --no-print-directory --eval 'given: ; @printf \"%s\\n\" $(CDK)' given " + lines[0][1]
	out, err := exec.CommandContext(t.Context(), "bash", "-c", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	given := map[string]any{}
	for pair := range strings.SplitSeq(strings.TrimSpace(string(out)), "\n") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			given[name] = value
		}
	}
	if why := readByCDK(given); why != "" || given["iceServers"] == nil {
		t.Errorf("the CDK gets %v: %s", given, why)
	}
}
