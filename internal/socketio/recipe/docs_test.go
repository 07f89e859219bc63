package recipe

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

var block = regexp.MustCompile("(?ms)^```(yaml|text)\n(.*?)^```$")

// TestTheRecipesOfTheDocumentAreRight: each is followed by a script, if by any, with what comes of it.
func TestTheRecipesOfTheDocumentAreRight(t *testing.T) {
	t.Parallel()
	recipe, name, played := "", "", 0
	for _, b := range block.FindAllStringSubmatch(document(t), -1) {
		if b[1] == "yaml" {
			recipe, name = b[2], fmt.Sprintf("the recipe that begins %.40q", b[2])
			play(t, name, recipe, "")
			continue
		}
		play(t, name, recipe, b[2])
		played++
	}
	if played == 0 {
		t.Error("docs/socketio.md has no scripts")
	}
}

// TestTheDocumentTellsOfEachWord that a recipe may have.
func TestTheDocumentTellsOfEachWord(t *testing.T) {
	t.Parallel()
	_, format, _ := strings.Cut(document(t), "\n## The format\n")
	format, _, _ = strings.Cut(format, "\n## ")
	var want []string
	for _, a := range actions {
		want = append(want, "| `"+a.word+": ")
		for _, word := range a.beside {
			want = append(want, word+": ")
		}
	}
	for _, v := range variables {
		want = append(want, "`$"+v.name)
	}
	for _, word := range append(append(targets, operators...), sections...) {
		want = append(want, "`"+word+"`")
	}
	for _, bound := range []int{maxEmits, maxWide, maxLoop, MaxSource >> 10, maxNested, maxLiteral, maxArg} {
		want = append(want, fmt.Sprint(bound))
	}
	for _, name := range Names() {
		if !strings.Contains(document(t), "| `"+name+"` |") {
			t.Errorf("docs/socketio.md does not tell of the built-in recipe %s", name)
		}
	}
	for _, text := range want {
		if !strings.Contains(format, text) {
			t.Errorf("the format of docs/socketio.md does not tell of %s", text)
		}
	}
}

func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/socketio.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
