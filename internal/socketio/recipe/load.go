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

//go:embed packed/*.json
var packed embed.FS

// Extensions are those of a recipe's file.
var Extensions = []string{".yaml", ".yml", ".json"}

// Names returns those of the built-in recipes, in order.
func Names() []string {
	files, _ := fs.Glob(packed, "packed/*.json")
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(path.Base(file), ".json")
	}
	slices.Sort(names)
	return names
}

// Load returns the recipe of a name, as Find has it.
func Load(name string, folder fs.FS) (server.App, error) {
	source, file, err := Find(name, folder)
	if err != nil {
		return nil, err
	}
	r, err := Parse(source, file)
	if err != nil {
		return nil, err // and no nil Recipe, which would be an App that is not nil
	}
	return r, nil
}

// Check looks whether Load would.
func Check(name string, folder fs.FS) error {
	_, err := Load(name, folder)
	return err
}

// Find returns the text of the recipe of a name: of NAME.yaml, .yml or .json in the folder, or of a
// built-in one. The folder may be nil, and need not exist. A file may not have the name of a built-in
// recipe, of which one of the two would be meant.
func Find(name string, folder fs.FS) (source []byte, file string, err error) {
	var found []string
	for _, extension := range Extensions {
		file := name + extension
		if folder == nil || !fs.ValidPath(file) || strings.Contains(file, "/") {
			continue
		}
		if _, err := fs.Stat(folder, file); err == nil {
			found = append(found, file)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, "", fmt.Errorf("look for the recipe %s: %w", name, err)
		}
	}
	if len(found) > 0 && slices.Contains(Names(), name) {
		return nil, "", fmt.Errorf("the recipe %s has the name of a built-in one; give the file another", found[0])
	}
	switch len(found) {
	case 0:
		source, err := packed.ReadFile("packed/" + name + ".json")
		if err != nil {
			return nil, "", fmt.Errorf("there is no recipe %q, neither built in nor as %s.yaml, .yml or .json among the project's; %s",
				name, name, Near(name, Names()))
		}
		return source, name + ".yaml", nil
	case 1:
		source, err := fs.ReadFile(folder, found[0])
		if err != nil {
			return nil, "", fmt.Errorf("read the recipe %s: %w", name, err)
		}
		return source, found[0], nil
	}
	return nil, "", fmt.Errorf("the recipe %s is there more than once: %s", name, strings.Join(found, ", "))
}
