package managed_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/managed"
)

func TestLayOut(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	seen := map[string]bool{}
	for _, f := range []struct{ id, runtime, source, file string }{
		{"Fn", "nodejs22.x", "exports.handler = 1", "index.js"},
		{"Other", "nodejs22.x", "exports.handler = 1", "index.js"},
		{"Fn", "nodejs22.x", "exports.handler = 2", "index.js"}, // of another template in this folder
		{"Fn", "python3.13", "handler = 1", "index.py"},
	} {
		for range 2 {
			folder, err := managed.LayOut(cache, f.id, f.runtime, f.source, true)
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(folder, f.file))
			if err != nil || string(got) != f.source || !filepath.IsAbs(folder) {
				t.Errorf("got %q in %s, %v", got, folder, err)
			}
			if all, err := os.ReadDir(folder); err != nil || len(all) != 1 {
				t.Errorf("got %v, %v, want nothing that would be npm's idea of a project", all, err)
			}
			seen[folder] = true
		}
	}
	if len(seen) != 4 {
		t.Errorf("got %v, want a folder each", seen)
	}
}

func TestInlineCodeStaysInItsFolder(t *testing.T) {
	t.Parallel()
	project := t.TempDir()
	cache := filepath.Join(project, ".localdev")
	for _, id := range []string{"../../out", "/tmp/out", ""} {
		folder, err := managed.LayOut(cache, id, "nodejs22.x", "exports.handler = 1", true)
		if err == nil {
			t.Errorf("the function %q is laid out in %s", id, folder)
		}
	}
	if all, err := os.ReadDir(project); err != nil || len(all) > 0 {
		t.Errorf("got %v, %v, want nothing written", all, err)
	}
}

// CloudFormation's file is a CommonJS module, whatever a package.json above the template says and
// Node.js can guess.
func TestInlineNodeIsCommonJS(t *testing.T) {
	t.Parallel()
	project := t.TempDir()
	if err := os.WriteFile(filepath.Join(project, "package.json"), []byte(`{"type":"module"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		`exports.handler = async () => "as CommonJS"`:    `"as CommonJS"`,
		`export const handler = async () => "as module"`: "Runtime.UserCodeSyntaxError: SyntaxError: Unexpected token 'export'",
	} {
		folder, err := managed.LayOut(filepath.Join(project, ".localdev"), "Fn", "nodejs22.x", source, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := start(t, "nodejs22.x", folder, "index.handler").answer(`{}`); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
