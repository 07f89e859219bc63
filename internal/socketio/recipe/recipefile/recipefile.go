// Package recipefile reads recipes as people write them, in YAML, and packs them for functions, which
// have no reader of YAML: it would be a twentieth of what they take to start.
package recipefile

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/parley-rtc/parley/internal/socketio/recipe"
	"github.com/parley-rtc/parley/internal/socketio/recipe/builtin"
	"github.com/parley-rtc/parley/localdev/yamljson"
)

// Parse reads a recipe from YAML, or JSON. It fails with recipe.Problems.
func Parse(source []byte, file string) (*recipe.Recipe, error) {
	packed, err := pack(source, file)
	if err != nil {
		return nil, err
	}
	return recipe.Parse(packed, file)
}

// pack returns the text of a file as functions have it.
func pack(source []byte, file string) ([]byte, error) {
	problem := func(line int, format string, args ...any) error {
		return recipe.Problems{{File: file, Line: line, Words: fmt.Sprintf(format, args...)}}
	}
	if len(source) > recipe.MaxSource {
		return nil, problem(1, "the recipe is %d bytes long, the limit is %d", len(source), recipe.MaxSource)
	}
	packed, err := yamljson.Convert(source)
	if wrong, ok := errors.AsType[*yamljson.Error](err); ok {
		return nil, problem(wrong.Line, "%s", wrong.Words)
	}
	return packed, err
}

// Check looks whether the recipe of a name is there, in a folder or built in, and means something.
func Check(name string, folder fs.FS) error {
	source, file, err := recipe.Find(name, folder)
	if err == nil {
		_, err = Parse(source, file)
	}
	return err
}

// Source returns the text of a built-in recipe.
func Source(name string) ([]byte, error) {
	source, err := builtin.Files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there is no built-in recipe %q; %s", name, recipe.Near(name, recipe.Names()))
	}
	return source, nil
}

// About returns the first sentence of a built-in recipe's comment.
func About(name string) (string, error) {
	source, err := Source(name)
	if err != nil {
		return "", err
	}
	var words []string
	for line := range strings.Lines(string(source)) {
		line, comment := strings.CutPrefix(strings.TrimSpace(line), "#")
		if !comment || line == "" {
			break
		}
		words = append(words, strings.TrimSpace(line))
	}
	about, _, _ := strings.Cut(strings.Join(words, " ")+" ", ". ")
	return strings.TrimSuffix(strings.TrimSpace(about), "."), nil
}
