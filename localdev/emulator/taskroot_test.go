package emulator_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// Whatever runs a function, what a deployment packs with its code lies in LAMBDA_TASK_ROOT, which
// is its working folder too.
func TestWhereAFunctionRuns(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "f", "go.mod"), "module f\n\ngo 1.26\n")
	write(t, filepath.Join(dir, "f", "main.go"), plainFunction)
	write(t, filepath.Join(dir, "f", "data.txt"), "of the sources")
	write(t, filepath.Join(dir, "beside", "data.txt"), "of another folder")
	where := func(function string, options ...func(*emulator.Options)) string {
		t.Helper()
		file := filepath.Join(dir, "template.yaml")
		line := "F: {Type: AWS::Serverless::Function, Properties: {CodeUri: f, Handler: bootstrap, Runtime: provided.al2023, Timeout: 60}}"
		write(t, file, strings.Replace(plainTemplate, line, function, 1))
		here, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		if file, err = filepath.Rel(here, file); err != nil {
			t.Fatal(err)
		}
		c := start(t, append(options, func(o *emulator.Options) { o.Template = file })...).dial("")
		c.send("where")
		return c.text()
	}
	function := func(metadata, code string) string {
		return "F: {Type: AWS::Serverless::Function, Metadata: {" + metadata + "}, Properties: {CodeUri: " + code +
			", Handler: bootstrap, Runtime: provided.al2023, Timeout: 60}}"
	}
	want := func(what, got, folder, data string) {
		t.Helper()
		if want := "v1: " + filepath.Join(dir, folder) + " " + data + "<nil>"; got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	want("Go sources", where(function("", "f")), "f", "of the sources")
	want("a Go package", where(function("GoPackage: f", "build/f")), "f", "of the sources")

	built, err := filepath.Glob(filepath.Join(dir, ".localdev", "bin", "*", "bootstrap"))
	if err != nil || len(built) != 1 {
		t.Fatalf("built %v, %v; want one bootstrap", built, err)
	}
	bootstrap, err := os.ReadFile(built[0])
	if err != nil {
		t.Fatal(err)
	}
	beside, err := filepath.Rel(dir, filepath.Dir(built[0]))
	if err != nil {
		t.Fatal(err)
	}
	got := where(function("GoPackage: f, Beside: [beside]", "build/f"))
	if !strings.HasPrefix(got, "v1: "+filepath.Join(dir, beside)+" ") {
		t.Errorf("a Go package with folders beside it: got %s, want the binary's folder", got)
	}
	if data, err := os.ReadFile(filepath.Join(dir, beside, "beside", "data.txt")); string(data) != "of another folder" {
		t.Errorf("the folder beside the binary: %q, %v", data, err)
	}

	write(t, filepath.Join(dir, "b", "data.txt"), "of the build")
	if err := os.WriteFile(filepath.Join(dir, "b", "bootstrap"), bootstrap, 0o755); err != nil {
		t.Fatal(err)
	}
	want("a bootstrap", where(function("", "b")), "b", "of the build")
	want("a command", where(function("", "b"), func(o *emulator.Options) {
		o.Exec = map[string]string{"F": "./bootstrap"}
	}), "b", "of the build")
	want("a command for a Go package", where(function("GoPackage: f", "build/f"), func(o *emulator.Options) {
		o.Exec = map[string]string{"F": built[0]}
	}), "f", "of the sources")

	write(t, filepath.Join(dir, "f.zip"), archive(t, map[string]string{"bootstrap": string(bootstrap), "data.txt": "of the zip"}))
	got = where(function("", "f.zip"))
	if !strings.HasPrefix(got, "v1: "+filepath.Join(dir, ".localdev", "zip")) || !strings.HasSuffix(got, " of the zip<nil>") {
		t.Errorf("a zip: got %s", got)
	}
}
