package dialect_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	document = "../../docs/dialects.md"
	walk     = "## Adding one of your own\n"
)

// TestTheDocumentAddsADialect does what the document tells a newcomer to do, in a copy of the sources,
// and runs what it tells them to run.
func TestTheDocumentAddsADialect(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), walk)
	if !found {
		t.Fatalf("%s has no %q", document, walk)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	if _, err := os.Stat("echo"); err == nil {
		t.Skip("somebody has added it")
	}
	root := sources(t)
	follow(t, root, section)
	addRow(t, filepath.Join(root, "docs", "dialects.md"))
	const run = "Echo|TestTranscripts/echo|TestDefaults|Dialect"
	if !strings.Contains(section, "go test ./internal/dialect/echo ./internal/gateway ./internal/app\n") {
		t.Error("the document does not say what to run")
	}
	goIn(t, root, "build", "-o", os.DevNull, "./functions/connect")
	out := goIn(t, root, "test", "-vet=off", "-v", "-run", run,
		"./internal/dialect/echo", "./internal/gateway", "./internal/app")
	for _, passed := range []string{"TestWithoutATokenThereIsNoEcho", "TestTranscripts/echo", "TestTheDocumentHasARowForEachDialect"} {
		passed = "--- PASS: " + passed
		if !strings.Contains(out, passed) {
			t.Errorf("no %q in\n%s", passed, out)
		}
	}
}

// sources copies what functions are made of.
func sources(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, part := range []string{"internal", "functions", "events", "docs"} {
		if err := os.CopyFS(filepath.Join(root, part), os.DirFS(filepath.Join("..", "..", part))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join("..", "..", file))
		if err == nil {
			err = os.WriteFile(filepath.Join(root, file), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// addRow does what the section says in words: a change of this very page cannot be shown in it.
func addRow(t *testing.T, page string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const after = "| `parley` | `parley.v1` |"
	before, rest, found := strings.Cut(string(text), after)
	row, rest, _ := strings.Cut(rest, "\n")
	if !found {
		t.Fatalf("no row %q", after)
	}
	text = []byte(before + after + row + "\n| `echo` | `echo` | | | |\n" + rest)
	if err := os.WriteFile(page, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

var (
	named = regexp.MustCompile("^`([a-z_/.]+)`.*:$")
	fence = regexp.MustCompile("^```([a-z]*)$")
)

// follow writes the files that the section shows and makes the changes that it shows. A block belongs
// to the file that was last named at the beginning of a line that ends with a colon.
func follow(t *testing.T, root, section string) {
	t.Helper()
	file, kind, block := "", "", []string(nil)
	inside := false
	for line := range strings.SplitSeq(section, "\n") {
		begins := fence.FindStringSubmatch(line)
		switch name := named.FindStringSubmatch(line); {
		case inside && line == "```":
			inside = false
			if kind != "" {
				apply(t, filepath.Join(root, file), kind, block)
			}
		case inside:
			block = append(block, line)
		case begins != nil:
			inside, kind, block = true, begins[1], nil
		case name != nil:
			file = name[1]
		}
	}
}

func apply(t *testing.T, file, kind string, block []string) {
	t.Helper()
	text := strings.Join(block, "\n") + "\n"
	if kind == "diff" {
		text = patched(t, file, block)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// patched returns the file with the change, which has to fit in one place.
func patched(t *testing.T, file string, change []string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var before, after strings.Builder
	for _, line := range change {
		if line[0] != '+' {
			before.WriteString(line[1:] + "\n")
		}
		if line[0] != '-' {
			after.WriteString(line[1:] + "\n")
		}
	}
	if n := strings.Count(string(text), before.String()); n != 1 {
		t.Fatalf("%s has %d places for the change:\n%s", file, n, strings.Join(change, "\n"))
	}
	return strings.Replace(string(text), before.String(), after.String(), 1)
}

func goIn(t *testing.T, root string, args ...string) string {
	t.Helper()
	// What is not changed is not compiled again: only the place of the sources is another.
	args = slices.Insert(args, 1, "-trimpath", "-tags", "lambda.norpc,nethttpomithttp2")
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
