package infra

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the table of settings in docs/deploy.md, and the front door's code in template.yaml")

const (
	document  = "../docs/deploy.md"
	tableFrom = "<!-- settings: written by go test ./infra -run Document -update -->\n"
	tableTo   = "<!-- settings end -->\n"
)

func TestTheDocumentListsEverySetting(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, from := strings.Cut(string(text), tableFrom)
	_, after, to := strings.Cut(rest, tableTo)
	if !from || !to {
		t.Fatalf("%s has no place for the table", document)
	}
	table := "| setting | what |\n|---|---|\n"
	for _, s := range settings() {
		table += fmt.Sprintf("| `%s` | %s |\n", s.key, s.help)
	}
	want := before + tableFrom + table + tableTo + after
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("the table in %s is not that of settings.go: go test ./infra -run Document -update", document)
	}
	if err := os.WriteFile(document, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}
