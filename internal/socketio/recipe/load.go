package recipe

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

//go:embed builtin
var builtin embed.FS

// extensions are those of a recipe's file, of one that is packed.
var extensions = []string{".yaml", ".yml", ".json"}

// Names returns those of the built-in recipes, in order.
func Names() []string {
	files, _ := fs.Glob(builtin, "builtin/*.yaml")
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(path.Base(file), ".yaml")
	}
	slices.Sort(names)
	return names
}

// Source returns the text of a built-in recipe.
func Source(name string) ([]byte, error) {
	source, err := builtin.ReadFile("builtin/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there is no built-in recipe %q; %s", name, near(name, Names()))
	}
	return source, nil
}

// Load returns the recipe of a name: NAME.yaml, .yml or .json in the folder, or a built-in one. The
// folder may be nil, and need not exist. A file may not have the name of a built-in recipe, of which
// one of the two would be meant.
func Load(name string, folder fs.FS) (server.App, error) {
	var found []string
	for _, extension := range extensions {
		file := name + extension
		if folder == nil || !fs.ValidPath(file) || strings.Contains(file, "/") {
			continue
		}
		if _, err := fs.Stat(folder, file); err == nil {
			found = append(found, file)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("look for the recipe %s: %w", name, err)
		}
	}
	if len(found) > 0 && slices.Contains(Names(), name) {
		return nil, fmt.Errorf("the recipe %s has the name of a built-in one; give the file another", found[0])
	}
	switch len(found) {
	case 0:
		source, err := builtin.ReadFile("builtin/" + name + ".yaml")
		if err != nil {
			return nil, fmt.Errorf("there is no recipe %q, neither built in nor as %s.yaml, .yml or .json among the project's; %s",
				name, name, near(name, Names()))
		}
		return loaded(source, name+".yaml")
	case 1:
		source, err := fs.ReadFile(folder, found[0])
		if err != nil {
			return nil, fmt.Errorf("read the recipe %s: %w", name, err)
		}
		return loaded(source, found[0])
	}
	return nil, fmt.Errorf("the recipe %s is there more than once: %s", name, strings.Join(found, ", "))
}

// loaded keeps a nil Recipe from being an App that is not nil.
func loaded(source []byte, file string) (server.App, error) {
	r, err := Parse(source, file)
	if err != nil {
		return nil, err
	}
	return r, nil
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
