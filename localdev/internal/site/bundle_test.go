package site_test

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/site"
)

func TestBundle(t *testing.T) {
	t.Parallel()
	dir := project(t)
	h := site.Handler(dir)
	res, script := get(t, h, "/main.js", nil)
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Fatalf("got %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	for _, want := range []string{"hello ${", `"!"`, "//# sourceMappingURL=main.js.map\n"} {
		if !strings.Contains(script, want) {
			t.Errorf("no %q in the bundle:\n%s", want, script)
		}
	}
	code, _, _ := strings.Cut(script, "//# sourceMappingURL")
	for _, unwanted := range []string{"import ", ": string", "HTMLElement"} {
		if strings.Contains(code, unwanted) {
			t.Errorf("%q is in the bundle still:\n%s", unwanted, code)
		}
	}
}

// What DevTools shows is fetched by them alone.
func TestSourceMap(t *testing.T) {
	t.Parallel()
	dir := project(t)
	put(t, filepath.Join(dir, "src", "about", "index.ts"), `const a: number = 1; console.log("about", a)`)
	h := site.Handler(dir)
	if _, script := get(t, h, "/about/index.js", nil); !strings.Contains(script, "sourceMappingURL=index.js.map") {
		t.Errorf("got %q, want the name of a map beside it", script)
	}
	for _, path := range []string{"/main.js.map", "/about/index.js.map"} {
		res, sources := get(t, h, path, nil)
		if res.Header.Get("Content-Type") != "application/json" || !strings.Contains(sources, ": number") && !strings.Contains(sources, ": string") {
			t.Errorf("%s: got %s %q, want the sources", path, res.Header.Get("Content-Type"), sources)
		}
		if !h.Has(path) {
			t.Errorf("no %s", path)
		}
	}
	if res, _ := get(t, h, "/none.js.map", nil); res.StatusCode != 404 {
		t.Errorf("got %d for the map of nothing", res.StatusCode)
	}
}

// Each file that the bundle was made of counts, wherever it lies.
func TestBundleFollowsItsSources(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, file, text, want string }{
		{"the entry point", "src/main.ts", `console.log("changed entry")`, "changed entry"},
		{"a file that it imports", "src/parts/mark.ts", `export const mark: string = "changed part";`, "changed part"},
		{"a file outside the folder", "../client/index.ts", `export function greet(name: string) { return "changed client" + name; }`, "changed client"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := project(t)
			h := site.Handler(dir)
			before, _ := get(t, h, "/main.js", nil)
			put(t, filepath.Join(dir, filepath.FromSlash(tt.file)), tt.text)
			after, script := get(t, h, "/main.js", nil)
			if !strings.Contains(script, tt.want) {
				t.Errorf("no %q in the bundle:\n%s", tt.want, script)
			}
			if before.Header.Get("ETag") == after.Header.Get("ETag") {
				t.Error("the ETag did not change")
			}
		})
	}
}

func TestBundleOfAnotherName(t *testing.T) {
	t.Parallel()
	dir := project(t)
	put(t, filepath.Join(dir, "admin.ts"), `const n: number = 1; console.log("admin", n)`)
	put(t, filepath.Join(dir, "plain.js"), "console.log('as it is')")
	put(t, filepath.Join(dir, "src", "plain.ts"), "console.log('not this')")
	h := site.Handler(dir)
	if _, script := get(t, h, "/admin.js", nil); !strings.Contains(script, `console.log("admin"`) {
		t.Errorf("got %q, want the bundle of admin.ts", script)
	}
	if _, script := get(t, h, "/plain.js", nil); script != "console.log('as it is')" {
		t.Errorf("got %q, want the file that is there", script)
	}
}

func TestBundleOfPackagesThatAreNotInstalled(t *testing.T) {
	t.Parallel()
	dir := project(t)
	h := site.Handler(dir)
	advice := "npm ci --ignore-scripts --prefix " + dir
	put(t, filepath.Join(dir, "src", "main.ts"), `import { mark } from "marks"; console.log(mark)`)
	if _, script := get(t, h, "/main.js", nil); !strings.Contains(script, "Could not resolve") || strings.Contains(script, advice) {
		t.Errorf("got %q, want no advice where there is no package.json", script)
	}
	put(t, filepath.Join(dir, "package.json"), `{"dependencies": {"marks": "1.0.0"}}`)
	if _, script := get(t, h, "/main.js", nil); !strings.Contains(script, advice) {
		t.Errorf("got %q, want %q in it", script, advice)
	}
	put(t, filepath.Join(dir, "node_modules", "marks", "package.json"), `{"name": "marks", "main": "index.js"}`)
	put(t, filepath.Join(dir, "node_modules", "marks", "index.js"), `export const mark = "installed meanwhile";`)
	if _, script := get(t, h, "/main.js", nil); !strings.Contains(script, "installed meanwhile") {
		t.Errorf("got %q, want the package in it", script)
	}
	put(t, filepath.Join(dir, "src", "main.ts"), `import "./none.ts"`)
	if _, script := get(t, h, "/main.js", nil); strings.Contains(script, advice) {
		t.Errorf("got %q, which no package would help", script)
	}
}

// Not parallel: it reads the default logger.
func TestBundlingErrorIsShownAndLogged(t *testing.T) {
	var logged bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })

	dir := project(t)
	h := site.Handler(dir)
	for name, tt := range map[string]struct{ text, want string }{
		"syntax":     {"const a = ;\n", `src/main.ts:1:11: Unexpected \";\"\n    const a = ;`},
		"not there":  {"import './none.ts';\n", `src/main.ts:1:8: Could not resolve \"./none.ts\"`},
		"end script": {"x = '</script>\n", `src/main.ts:1:`},
	} {
		logged.Reset()
		put(t, filepath.Join(dir, "src", "main.ts"), tt.text)
		res, script := get(t, h, "/main.js", nil)
		// A browser runs no module that comes with an error status.
		if res.StatusCode != 200 || !strings.Contains(script, "const errors = \"") || !strings.Contains(script, tt.want) {
			t.Errorf("%s: got %d %q, want a script that shows %q", name, res.StatusCode, script, tt.want)
		}
		if !strings.Contains(logged.String(), "src/main.ts:1:") {
			t.Errorf("%s: got log %q, want the place in it", name, logged.String())
		}
	}
	put(t, filepath.Join(dir, "src", "main.ts"), `console.log("repaired")`)
	if _, script := get(t, h, "/main.js", nil); !strings.Contains(script, "repaired") {
		t.Errorf("got %q after the repair", script)
	}
}
