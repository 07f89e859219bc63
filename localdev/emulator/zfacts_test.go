package emulator_test

// This file is named so that its test comes last: it looks at which of the others have passed.

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of facts into docs/emulator.md")

const (
	document  = "../../docs/emulator.md"
	tableFrom = "<!-- facts: written by go test ./localdev/emulator -run TestFacts -update -->\n"
	tableTo   = "<!-- facts end -->\n"
)

// TestFacts holds the table in docs/emulator.md to the truth: each of its rows names a test that has passed in this run.
func TestFacts(t *testing.T) {
	elsewhere := passedElsewhere(t)
	seen := map[string]bool{}
	for _, f := range facts {
		t.Run(f.section+"/"+f.words, func(t *testing.T) {
			key := f.section + f.words
			if seen[key] {
				t.Error("is there twice")
			}
			seen[key] = true
			if (f.proof == "") == (f.missing == "") || f.choice != "" && f.proof == "" {
				t.Error("want a proof, or else a reason why not")
			}
			name := strings.ReplaceAll(f.proof, " ", "_")
			if _, ok := passed.Load(name); f.proof != "" && !ok && !elsewhere[name] {
				t.Errorf("%s has not passed; run all tests of the package", name)
			}
		})
	}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, from := strings.Cut(string(text), tableFrom)
	_, after, to := strings.Cut(rest, tableTo)
	if !from || !to {
		t.Fatalf("%s has no place for the table", document)
	}
	want := before + tableFrom + table() + tableTo + after
	switch {
	case want == string(text):
	case !*update:
		t.Errorf("the table in %s is not that of facts_test.go: go test ./localdev/emulator -run TestFacts -update", document)
	case !t.Failed():
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func table() string {
	var b strings.Builder
	section := ""
	for _, f := range facts {
		if f.section != section {
			section = f.section
			fmt.Fprintf(&b, "\n**%s**\n\n| fact | state | test |\n|---|---|---|\n", section)
		}
		state := "emulated"
		switch {
		case f.missing != "":
			state = "not emulated: " + f.missing
		case f.choice != "":
			state = "switchable: " + f.choice
		}
		proof := ""
		if f.proof != "" {
			proof = "`" + f.proof + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", f.words, state, proof)
	}
	return b.String() + "\n"
}

// passedElsewhere runs those tests of other packages that prove a fact.
func passedElsewhere(t *testing.T) map[string]bool {
	t.Helper()
	cmd := exec.Command("go", "test", "-trimpath", "-tags", "nethttpomithttp2", "-vet=off", "-v",
		"-run", "^(TestTemplates|TestJSONPath|TestRouteSelectionExpression|TestTheSocketEndsWithTheHandshake|TestRuntimeAPI|"+
			"TestTimeoutEndsTheInstance|TestCallerLeavesFunctionGoesOn)$",
		"../internal/apigw", "../internal/lambda", "../internal/vtl")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^--- PASS: (\S+)`).FindAllSubmatch(out, -1) {
		names[string(m[1])] = true
	}
	return names
}

// factsNeedAll has all tests run when those of the facts are asked for, as these look at the others.
func factsNeedAll() {
	flag.Parse()
	if run := flag.Lookup("test.run"); slices.Contains([]string{"TestFacts", "^TestFacts$"}, run.Value.String()) {
		_ = run.Value.Set("") // a string takes any value
	}
}
