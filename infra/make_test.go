package infra_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/infra"
)

// The CDK's CLI runs the app for each of its commands, and the app wants the functions' folders.
func TestEveryCommandOfTheCDKHasTheFunctionsBuilt(t *testing.T) {
	for _, target := range []string{"synth", "diff", "deploy", "destroy"} {
		out, err := exec.CommandContext(t.Context(), "make", "-C", "..", "--dry-run", "--always-make", target).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		before, _, found := strings.Cut(string(out), "cdk "+target)
		for _, name := range []string{"connect", "disconnect", "message"} {
			if !found || !strings.Contains(before, "./functions/"+name+"\n") {
				t.Errorf("make %s does not build %s first:\n%s", target, name, out)
			}
		}
	}
}

func TestTheCLIFindsNoOptionsOfItsOwnInTheEnvironment(t *testing.T) {
	args := []string{"-C", "..", "--no-print-directory", "--eval", "environment: ; @env", "environment", "CDK=-c auth=none"}
	out, err := exec.CommandContext(t.Context(), "make", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(out), "\n")
	if i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "CDK=") }); i >= 0 {
		t.Errorf("make hands on %s, which the CDK's CLI takes for an option", lines[i])
	}
	if !slices.Contains(lines, "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20") {
		t.Errorf("with Node 20, which README.md says is enough, each command of the CDK warns of it")
	}
}

// JSON goes through two shells and make: what docs/deploy.md shows has to come out whole.
func TestTheDocumentQuotesJSONAsMakeWantsIt(t *testing.T) {
	text, err := os.ReadFile("../docs/deploy.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^make deploy (CDK=".*iceServers.*")$`).FindAllStringSubmatch(string(text), -1)
	if len(lines) != 1 {
		t.Fatalf("got %d examples with iceServers, want one", len(lines))
	}
	script := "make -C .. --no-print-directory --eval 'given: ; @printf \"%s\\n\" $(CDK)' given " + lines[0][1]
	out, err := exec.CommandContext(t.Context(), "bash", "-c", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	given := map[string]any{}
	for pair := range strings.SplitSeq(strings.TrimSpace(string(out)), "\n") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			given[name] = value
		}
	}
	if why := readByCDK(given); why != "" || given["iceServers"] == nil {
		t.Errorf("the CDK gets %v: %s", given, why)
	}
}

// TestMakeAndTheConstructCompileAlike: or functions of the same sources would not be the same bytes.
func TestMakeAndTheConstructCompileAlike(t *testing.T) {
	dir := t.TempDir()
	stub := "#!/bin/sh\nprintf '%s\\n' \"$@\" >'" + dir + "/arguments'\n"
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(stub), 0o700); err != nil {
		t.Fatal(err)
	}
	makefile, err := filepath.Abs("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile("hot.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "infra"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "infra", "hot.txt"), list, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "make", "-C", dir, "-f", makefile, "build/message/bootstrap")
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	arguments, err := os.ReadFile(filepath.Join(dir, "arguments"))
	if err != nil {
		t.Fatal(err)
	}
	byMake, _, _ := strings.Cut(string(arguments), "\n-o\n")
	if byCDK := strings.Join(infra.GoBuild(), "\n"); byMake != byCDK {
		t.Errorf("make compiles with\n%s\nand the construct with\n%s", byMake, byCDK)
	}
}

// Every package that is compiled for speed is one of the functions'.
func TestWhatIsInlinedIsLinked(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "../functions/message").Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := strings.Fields(string(out))
	for _, arg := range infra.GoBuild() {
		pattern, inlined := strings.CutPrefix(arg, "-gcflags=")
		if pattern = strings.TrimSuffix(pattern, "="); !inlined || arg == "-gcflags=all=-l" {
			continue
		}
		prefix, below := strings.CutSuffix(pattern, "/...")
		if !slices.ContainsFunc(linked, func(p string) bool { return p == prefix || below && strings.HasPrefix(p, prefix+"/") }) {
			t.Errorf("hot.txt has %s, which no function links", pattern)
		}
	}
}

// By make and by the CDK's construct the same is packed, with the same rights: so that functions whose sources and recipes
// are the same are the same bytes.
func TestRecipesArePackedBesideTheFunctions(t *testing.T) {
	project := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		t.Helper()
		file := filepath.Join(project, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	write("Makefile", string(makefile), 0o600)
	write("infra/hot.txt", "runtime/...\n", 0o600)
	packer := filepath.Join(project, "bin", "pack")
	const source = "../internal/socketio/recipe/recipefile/pack"
	pack := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", packer, source)
	pack.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := pack.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	write("bin/go", "#!/bin/sh\n"+
		"if [ \"$1\" = run ]; then exec pack \"$4\" \"$5\"; fi\n"+
		"while [ \"$1\" != -o ]; do shift; done\nmkdir -p \"${2%/*}\" && echo built >\"$2\"\n", 0o700)
	build := func() (out []byte, err error) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "make", "-C", project, "build")
		cmd.Env = append(os.Environ(), "PATH="+filepath.Join(project, "bin")+":"+os.Getenv("PATH"))
		return cmd.CombinedOutput()
	}
	recipes := func(function string) string {
		t.Helper()
		entries, err := os.ReadDir(filepath.Join(function, "recipes"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		var list []string
		for _, e := range entries {
			info, err := e.Info()
			text, readErr := os.ReadFile(filepath.Join(function, "recipes", e.Name()))
			if err = errors.Join(err, readErr); err != nil {
				t.Fatal(err)
			}
			list = append(list, fmt.Sprint(e.Name(), " ", info.Mode(), " ", string(text)))
		}
		return strings.Join(list, ", ")
	}
	write("recipes/mine.yaml", "on:\n  {}", 0o600)
	write("recipes/other.json", "{}", 0o755)
	write("recipes/README.md", "no recipe", 0o644)
	const mine = "mine.yaml -rw-r--r-- {\"on\":\n{}}\n"
	for _, step := range []struct{ without, want string }{{"", mine + ", other.json -rw-r--r-- {}"}, {"other.json", mine}, {"mine.yaml", ""}} {
		if step.without != "" {
			if err := os.Remove(filepath.Join(project, "recipes", step.without)); err != nil {
				t.Fatal(err)
			}
		}
		if out, err := build(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for function, want := range map[string]string{"connect": "", "disconnect": step.want, "message": step.want} {
			if got := recipes(filepath.Join(project, "build", function)); got != want {
				t.Errorf("without %s, make packs with %s: %s, want %s", step.without, function, got, want)
			}
		}
		byCDK := t.TempDir()
		err := infra.Pack(filepath.Join(project, "recipes"), byCDK)
		for function, want := range map[string]string{"connect": "", "disconnect": step.want, "message": step.want} {
			if got := recipes(filepath.Join(byCDK, function)); err != nil || got != want {
				t.Errorf("without %s, the construct packs with %s: %s, %v", step.without, function, got, err)
			}
		}
	}
	write("recipes/wrong.yaml", "on: [", 0o600)
	const wrong = "recipes/wrong.yaml:1: this is neither YAML nor JSON"
	if out, err := build(); err == nil || !strings.Contains(string(out), wrong) {
		t.Errorf("make packs what is no YAML: %s", out)
	}
	if err := infra.Pack(filepath.Join(project, "nowhere"), t.TempDir()); err != nil {
		t.Error(err)
	}
}

// A recipe that the setting names and that is packed is found, where it is packed from and where it is packed.
func TestARecipeOfOnesOwnMayBeNamed(t *testing.T) {
	built := assets(t)
	if err := os.MkdirAll(filepath.Join(built, "message", "recipes"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(built, "message", "recipes", "mine.yml")
	for _, props := range []infra.Props{{Assets: built}, {Recipes: filepath.Join(built, "message", "recipes")}} {
		good, wrong := "on: {join: [{join: $0}]}", "on: {join: [{jion: $0}]}"
		if props.Assets != "" { // it is packed
			good, wrong = `{"on": {"join": [{"join": "$0"}]}}`, `{"on": {"join": [{"jion": "$0"}]}}`
		}
		if err := os.WriteFile(file, []byte(good), 0o600); err != nil {
			t.Fatal(err)
		}
		props.Auth, props.SocketIORecipe = infra.AuthNone, "/=mine,*=group"
		if err := infra.Check(props); err != nil {
			t.Errorf("%+v: %v", props, err)
		}
		if err := os.WriteFile(file, []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := infra.Check(props); err == nil || !strings.Contains(err.Error(), "mine.yml:1") {
			t.Errorf("got %v of a recipe with a typing error", err)
		}
		props.SocketIORecipe = "mine.yml"
		if err := infra.Check(props); err == nil {
			t.Error("the name of a file is taken for a recipe's")
		}
	}
}
