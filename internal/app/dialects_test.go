package app_test

import (
	"os"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/dialect/native"
)

func TestTheDocumentHasARowForEachDialect(t *testing.T) {
	text, err := os.ReadFile("../../docs/dialects.md")
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := parse(map[string]string{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range cfg.Dialects {
		if !strings.Contains(string(text), "\n| `"+name+"` |") {
			t.Errorf("docs/dialects.md has no row for %s, a name in DIALECTS", name)
		}
	}
	for _, d := range cfg.Served(&native.Dialect{}) {
		if !strings.Contains(string(text), " | `"+d.Name()+"` | ") {
			t.Errorf("docs/dialects.md does not say that %s is in the log", d.Name())
		}
	}
}
