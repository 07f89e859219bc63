package gateway_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/signaling"
)

func TestTheProtocolDocumentNamesEveryCodeAndFrame(t *testing.T) {
	raw, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(raw)
	_, errorsPart, _ := strings.Cut(doc, "## Errors")
	for _, code := range signaling.Codes() {
		if !strings.Contains(errorsPart, "\n| `"+string(code)+"` |") {
			t.Errorf("no row for the code %s", code)
		}
	}
	// Every frame that the transcripts send or show, with each of its fields, is in a table row.
	rows := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| (`[a-z-]+`(?:, `[a-z-]+`)*) \\|.*$").FindAllStringSubmatch(doc, -1) {
		for _, name := range regexp.MustCompile("[a-z-]+").FindAllString(m[1], -1) {
			rows[name] += m[0]
		}
	}
	for _, line := range transcriptLines(t) {
		words := strings.SplitN(line, " ", 3)
		var frame map[string]json.RawMessage
		if len(words) < 3 || words[1] != "<" || json.Unmarshal([]byte(words[2]), &frame) != nil {
			continue
		}
		kind := strings.Trim(string(frame["type"]), `"`)
		for field := range frame {
			if field != "type" && !strings.Contains(rows[kind], field) {
				t.Errorf("%s: the field %s is in no table", kind, field)
			}
		}
	}
}

func transcriptLines(t *testing.T) []string {
	t.Helper()
	var lines []string
	for _, file := range transcripts(t, "native") {
		if filepath.Base(file) == "custom.txt" {
			continue // a project's own frames are in no table of the protocol
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.Split(string(raw), "\n")...)
	}
	return lines
}
