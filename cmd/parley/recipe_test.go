package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// written writes a file and returns its path.
func written(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const echoes = `on:
  join: [{join: $0}, {ack: [$others]}, {emit: hi, to: others, args: [$id, $new]}]
leave: [{emit: bye, to: others, args: [$id]}]
`

func TestRecipeCheck(t *testing.T) {
	t.Parallel()
	wrong := written(t, "wrong.yaml", "on:\n  a:\n    - {emit: x, to: othres}\n    - {emitt: y}\n")
	fine := written(t, "fine.yaml", echoes)
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{wrong}, exitProblem, wrong + `:3: unknown target "othres"; did you mean "others"?`},
		{[]string{wrong}, exitProblem, wrong + `:4: unknown word "emitt" in a step; did you mean "emit"?`},
		{[]string{wrong, "--json"}, exitProblem, `"Line":3,"Words":"unknown target \"othres\"`},
		{[]string{fine}, 0, "Who is in the namespace is not kept."},
		{[]string{fine}, 0, "\n  on join\n      posts 1 + 1 for each other in the room, reads 0, writes 2\n"},
		{[]string{fine, "--json"}, 0, `"ok":true`},
		{[]string{"lobby"}, 0, "Who is in the namespace is kept: 2 writes for each socket, at most 250 (line "},
		{[]string{"group"}, 0, "Sockets get a name or data after they have connected"},
		{[]string{"no-such-file"}, exitFailed, "no such file"},
		{nil, exitUsage, "usage: parley recipe check FILE"},
	} {
		code, out, complaints := parley(t, append([]string{"recipe", "check"}, tt.args...)...)
		if code != tt.code || !strings.Contains(out+complaints, tt.want) {
			t.Errorf("%v: got %d and %s%s, want %d and %q", tt.args, code, out, complaints, tt.code, tt.want)
		}
	}
}

func TestRecipeTry(t *testing.T) {
	t.Parallel()
	fine := written(t, "fine.yaml", echoes)
	story := "a connects\nb connects\na > join [\"r\"] ack\nb > join [ \"r\" ]\nb leaves\nb > x\n"
	want := "a connects\nb connects\na > join [\"r\"] ack\na < join [[]] ack\nb > join [\"r\"]\n" +
		"a < hi [\"b\",\"new-2\"]\nb leaves\na < bye [\"b\"]\nb > x\n! b emits x, but it is not connected\n"
	code, out, complaints := parley(t, "recipe", "try", fine, written(t, "story.txt", story))
	if code != 0 || out != want {
		t.Errorf("got %d\n%s%s", code, out, complaints)
	}
	var read bytes.Buffer
	code = run(t.Context(), []string{"recipe", "try", fine, "-"}, strings.NewReader(want), &read, &read)
	if code != 0 || read.String() != want {
		t.Errorf("got %d\n%s", code, read.String())
	}
	other := written(t, "story.txt", strings.Replace(want, "a < bye", "a < gone", 1))
	code, out, _ = parley(t, "recipe", "try", fine, other)
	if code != exitProblem || !strings.Contains(out, "\n- a < gone [\"b\"]\n+ a < bye [\"b\"]\n") {
		t.Errorf("got %d\n%s", code, out)
	}
	code, _, complaints = parley(t, "recipe", "try", fine, written(t, "story.txt", "a joins"))
	if code != exitFailed || !strings.Contains(complaints, `story.txt:1: "a joins": want CLIENT connects`) {
		t.Errorf("got %d %s", code, complaints)
	}
}

func TestRecipeListAndShow(t *testing.T) {
	t.Parallel()
	if code, out, _ := parley(t, "recipe", "list"); code != 0 || strings.Count(out, "\n") != 10 ||
		!strings.Contains(out, "\nsimple-signal  The library simple-signal-client, 3.0\n") {
		t.Errorf("got %d\n%s", code, out)
	}
	if code, out, _ := parley(t, "recipe", "show", "group"); code != 0 || !strings.HasPrefix(out, "# ") {
		t.Errorf("got %d\n%s", code, out)
	}
	code, _, complaints := parley(t, "recipe", "show", "grup")
	if code != exitUsage || !strings.Contains(complaints, `did you mean "group"?`) {
		t.Errorf("got %d %s", code, complaints)
	}
}

// What docs/cli.md shows comes of it.
func TestTheScriptOfTheDocs(t *testing.T) {
	t.Parallel()
	docs, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	const first = "# parley recipe try call-by-id story.txt\n"
	_, rest, _ := strings.Cut(string(docs), first)
	story, _, _ := strings.Cut(rest, "```")
	if !strings.Contains(story, "b < callEnded") {
		t.Fatalf("docs/cli.md has no script after %q", first)
	}
	if code, out, _ := parley(t, "recipe", "try", "call-by-id", written(t, "story.txt", story)); code != 0 {
		t.Errorf("got %d\n%s", code, out)
	}
}
