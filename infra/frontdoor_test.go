package infra

import (
	"os"
	"strings"
	"testing"
)

const (
	codeFrom = "      FunctionCode: !Sub |\n"
	codeTo   = "\n  FrontDoorDistribution:\n"
	codeEdge = "        " // in front of each line of a block in YAML
)

// SAM has no way to read a file into a CloudFront Function, so its template has a copy.
func TestFrontDoorOfSAMIsThatOfTheCDK(t *testing.T) {
	const file = "../template.yaml"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, from := strings.Cut(string(text), codeFrom)
	_, after, to := strings.Cut(rest, codeTo)
	if !from || !to {
		t.Fatalf("%s has no place for the code", file)
	}
	var block strings.Builder
	for line := range strings.Lines(frontDoorCode) {
		if line != "\n" {
			block.WriteString(codeEdge)
		}
		block.WriteString(line)
	}
	want := before + codeFrom + block.String() + codeTo + after
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("the code in %s is not that of frontdoor.js: go test ./infra -run FrontDoor -update", file)
	}
	if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFrontDoorFitsCloudFront(t *testing.T) {
	longest := strings.ReplaceAll(frontDoorCode, "${StageName}", strings.Repeat("s", 128))
	if len(longest) > 10*1024 {
		t.Errorf("the code has %d bytes, CloudFront takes 10 KB", len(longest))
	}
	if strings.Contains(longest, "${") || longest == frontDoorCode {
		t.Error("SAM's template puts values in place of all ${…}, and there is to be the stage's name alone")
	}
}
