package template_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/parley-rtc/parley/localdev/internal/template"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata")

// A file of testdata/stacks is one project: its files, `load` with what to load, `options`, and the
// stack it yields.
func TestStacks(t *testing.T) {
	t.Parallel()
	for _, c := range cases(t, "stacks") {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := c.extract(t)
			got := load(t, dir, strings.TrimSpace(c.part("load", "template.yaml")), c.part("options", "{}"))
			c.compare(t, "want", got)
		})
	}
}

// A file of testdata/errors is a row of templates that differ in what is wrong; `want` has one
// answer for each: the error, or what is said at the start.
func TestErrors(t *testing.T) {
	t.Parallel()
	for _, c := range cases(t, "errors") {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := c.extract(t)
			var got strings.Builder
			for _, f := range c.archive.Files {
				ext := filepath.Ext(f.Name)
				if strings.Contains(f.Name, "/") || ext != ".yaml" && ext != ".json" {
					continue
				}
				got.WriteString(verdict(load(t, dir, f.Name, c.part("options", "{}")), f.Name))
			}
			c.compare(t, "want", got.String())
		})
	}
}

// verdict shortens a stack to what is said of it.
func verdict(loaded, file string) string {
	var stack template.Stack
	if json.Unmarshal([]byte(loaded), &stack) != nil {
		return loaded
	}
	return file + ": starts\n" + lines(stack.Notices, file)
}

// lines are what is said of a template, a line each.
func lines(notices []template.Notice, file string) (said string) {
	for _, n := range notices {
		said += fmt.Sprintf("  %s line %d, %s: %s\n", filepath.Base(cmp.Or(n.File, file)), n.Line, n.LogicalID, n.Text)
	}
	return said
}

// load returns the stack as JSON, or the error's text; paths start with DIR.
func load(t *testing.T, dir, file, options string) string {
	t.Helper()
	var opt template.Options
	if err := json.Unmarshal([]byte(options), &opt); err != nil {
		t.Fatal(err)
	}
	stack, err := template.Load(filepath.Join(dir, file), opt)
	if err != nil {
		said := err.Error() + "\n"
		if e := (*template.Error)(nil); errors.As(err, &e) {
			said += lines(e.Notices, file)
		}
		return strings.ReplaceAll(said, dir+string(filepath.Separator), "")
	}
	for i := range stack.Functions {
		stack.Functions[i].Role = template.Role{} // TestRoles looks at these
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(stack); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), dir, "DIR")
}

type goldenCase struct {
	name, file string
	archive    *txtar.Archive
}

func cases(t testing.TB, folder string) []*goldenCase {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in testdata/%s: %v", folder, err)
	}
	var all []*goldenCase
	for _, f := range files {
		a, err := txtar.ParseFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, &goldenCase{name: strings.TrimSuffix(filepath.Base(f), ".txtar"), file: f, archive: a})
	}
	return all
}

func (c *goldenCase) part(name, absent string) string {
	i := slices.IndexFunc(c.archive.Files, func(f txtar.File) bool { return f.Name == name })
	if i < 0 {
		return absent
	}
	return string(c.archive.Files[i].Data)
}

func (c *goldenCase) extract(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range c.archive.Files {
		if f.Name == "want" || f.Name == "options" || f.Name == "load" {
			continue
		}
		file := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, f.Data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func (c *goldenCase) compare(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		files := slices.DeleteFunc(slices.Clone(c.archive.Files), func(f txtar.File) bool { return f.Name == name })
		out := &txtar.Archive{Comment: c.archive.Comment, Files: append(files, txtar.File{Name: name, Data: []byte(got)})}
		if err := os.WriteFile(c.file, txtar.Format(out), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(c.part(name, ""), got); diff != "" {
		t.Errorf("%s: -want +got (go test -update rewrites it):\n%s", c.file, diff)
	}
}
