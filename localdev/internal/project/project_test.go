package project_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/project"
)

// folder makes a folder of files, each changed a minute after the one before it.
func folder(t *testing.T, files ...[2]string) string {
	t.Helper()
	dir := t.TempDir()
	for i, f := range files {
		file := filepath.Join(dir, f[0])
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(f[1]), 0o644); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(i-len(files)) * time.Minute)
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFind(t *testing.T) {
	t.Parallel()
	file := func(names ...string) (files [][2]string) {
		for _, name := range names {
			files = append(files, [2]string{name, ""})
		}
		return files
	}
	const built = ".aws-sam/build/template.yaml"
	named := [2]string{"samconfig.toml", "version = 0.1\n[default.global.parameters]\ntemplate_file = \"sam/app.yaml\"\n"}
	for name, tt := range map[string]struct {
		files      [][2]string
		fromSource bool
		want, why  string
	}{
		"a template":            {file("template.json", "template.yml", "template.yaml"), false, "template.yaml", ""},
		"its other names":       {file("template.json", "template.yml"), false, "template.yml", ""},
		"JSON":                  {file("template.json"), false, "template.json", ""},
		"nothing":               {file("main.tf"), false, "", ""},
		"a build":               {file("template.yaml", built), false, built, "of sam build, at "},
		"a build of Go":         {file("template.yaml", built), true, "template.yaml", "built from their sources"},
		"an old build":          {file(built, "template.yaml"), false, "template.yaml", "newer than .aws-sam/build"},
		"a build alone":         {file(built), false, built, "there is no template.yaml"},
		"named":                 {append(file("template.yaml", "sam/app.yaml"), named), false, "sam/app.yaml", "as samconfig.toml says"},
		"named, and not there":  {append(file("template.yaml"), named), false, "template.yaml", ""},
		"named, built":          {append(file("sam/app.yaml", built), named), false, built, "of sam build, at "},
		"named, an older build": {append(file(built, "sam/app.yaml"), named), false, "sam/app.yaml", "newer than .aws-sam/build"},
	} {
		dir := folder(t, tt.files...)
		config, err := project.ReadConfig(dir)
		if err != nil {
			t.Fatal(err)
		}
		got, err := project.Find(dir, config, func(string) bool { return tt.fromSource })
		if err != nil || got.Template != filepath.Join(dir, tt.want) || !strings.Contains(got.Why, tt.why) || tt.why == "" && got.Why != "" {
			t.Errorf("%s: got %+v, %v, want %s, %s", name, got, err, tt.want, tt.why)
		}
	}
}

func TestSamconfig(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		file, content, template string
		want                    map[string]string
	}{
		"a string": {
			"samconfig.toml", "version = 0.1\n[default.deploy.parameters]\n" +
				`parameter_overrides = "Stage=\"dev\" Title=\"Good day\" Pattern='a b' Empty=\"\""` + "\nregion = \"eu-west-1\"\n",
			"",
			map[string]string{"Stage": "dev", "Title": "Good day", "Pattern": "a b", "Empty": ""},
		},
		"a list": {
			"samconfig.toml", "[default.deploy.parameters]\nparameter_overrides = [\"Stage=dev\", \"ParameterKey=A,ParameterValue=b,c\"]\n",
			"",
			map[string]string{"Stage": "dev", "A": "b,c"},
		},
		"the deployed one's over the others'": {
			"samconfig.toml", "[default.deploy.parameters]\nparameter_overrides = \"A=2\"\ntemplate_file = \"packaged.yaml\"\n" +
				"[default.global.parameters]\nparameter_overrides = \"A=1 B=1\"\ntemplate_file = \"app.yaml\"\n[prod.deploy.parameters]\nparameter_overrides = \"A=3\"\n",
			"app.yaml",
			map[string]string{"A": "2", "B": "1"},
		},
		"YAML": {
			"samconfig.yaml", "version: 0.1\ndefault:\n  deploy:\n    parameters:\n      template_file: app.yaml\n" +
				"      parameter_overrides: {Stage: dev, Port: 80, Zones: [a, b]}\n",
			"app.yaml",
			map[string]string{"Stage": "dev", "Port": "80", "Zones": "a,b"},
		},
		"nothing of interest": {"samconfig.toml", "version = 0.1\n", "", map[string]string{}},
	} {
		got, err := project.ReadConfig(folder(t, [2]string{tt.file, tt.content}))
		if err != nil || got.Template != tt.template || !maps.Equal(got.Parameters, tt.want) ||
			(got.Region == "eu-west-1") != strings.Contains(tt.content, `region = "eu-west-1"`) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	if got, err := project.ReadConfig(t.TempDir()); err != nil || got.Path != "" {
		t.Errorf("without one: got %+v, %v", got, err)
	}
	if _, err := project.ReadConfig(folder(t, [2]string{"samconfig.toml", "a ="})); err == nil || !strings.Contains(err.Error(), "samconfig.toml: ") {
		t.Errorf("one that is no TOML: got %v", err)
	}
}

func TestRoot(t *testing.T) {
	t.Parallel()
	for template, want := range map[string]string{
		"template.yaml": ".", "app/template.yaml": "app", "app/.aws-sam/build/template.yaml": "app", "build/template.yaml": "build",
	} {
		if got := project.Root(filepath.FromSlash(template)); got != filepath.FromSlash(want) {
			t.Errorf("%s: got %s, want %s", template, got, want)
		}
	}
}
