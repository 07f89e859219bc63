package app_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-rtc/parley/internal/dialect/native"
)

// TestTheDocumentHasARowForEachDialect: the rows are in the order in which the dialects are asked.
func TestTheDocumentHasARowForEachDialect(t *testing.T) {
	text, err := os.ReadFile("../../docs/dialects.md")
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := parse(map[string]string{})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i, d := range cfg.Served(&native.Dialect{}) {
		want = append(want, cfg.Dialects[i]+" "+d.Name())
	}
	table, _, _ := strings.Cut(string(text), "\n## ")
	var got []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| `([^`]+)` \\|").FindAllStringSubmatch(table, -1) {
		got = append(got, row[1]+" "+row[2])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the table of docs/dialects.md, by names in DIALECTS and in the log (-want +got)\n%s", diff)
	}
}
