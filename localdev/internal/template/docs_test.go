package template_test

import (
	"os"
	"strings"
	"testing"
)

// What docs/emulator.md says localdev warns of must be what it says: each text stands in a golden
// file.
func TestDocumentedWarnings(t *testing.T) {
	t.Parallel()
	docs, err := os.ReadFile("../../../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(docs), "\n### What is left out, and what localdev says\n")
	if !found {
		t.Fatal("docs/emulator.md has no section of warnings")
	}
	section, _, _ = strings.Cut(section, "\n#")
	var said strings.Builder
	for _, folder := range []string{"stacks", "errors", "roles"} {
		for _, c := range cases(t, folder) {
			said.WriteString(c.part("want", ""))
		}
	}
	n := 0
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || strings.HasPrefix(cells[1], "---") {
			continue
		}
		for i, text := range strings.Split(cells[2], "`") {
			if i%2 == 0 {
				continue
			}
			n++
			if !strings.Contains(said.String(), text) {
				t.Errorf("no golden file has %q", text)
			}
		}
	}
	if n < 15 {
		t.Errorf("found %d warnings", n)
	}
}
