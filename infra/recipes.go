package infra

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/parley-rtc/parley/internal/socketio/recipe"
)

// The names of SocketIORecipe that are no recipe's.
const (
	recipeAuto = "auto"
	recipeNone = "none"
)

// maxRecipes is as long as the functions take it.
const maxRecipes = 512

var (
	recipeName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	ofNamespace = regexp.MustCompile(`^(/[A-Za-z0-9._~/-]*|\*)$`)
)

// recipeNames are those that the setting has.
func (p Props) recipeNames() ([]string, error) {
	if len(p.SocketIORecipe) > maxRecipes {
		return nil, fmt.Errorf("socketioRecipe has %d bytes: want at most %d", len(p.SocketIORecipe), maxRecipes)
	}
	one := !strings.Contains(p.SocketIORecipe, "=")
	var names []string
	for pair := range strings.SplitSeq(p.SocketIORecipe, ",") {
		of, name, both := strings.Cut(strings.TrimSpace(pair), "=")
		if one {
			of, name, both = "*", strings.TrimSpace(p.SocketIORecipe), true
		}
		if !both || !ofNamespace.MatchString(of) || !recipeName.MatchString(name) {
			return nil, fmt.Errorf("socketioRecipe %q: want the name of a recipe, of at most 64 letters, digits, - and _, "+
				"or NAMESPACE=NAME, separated by commas, with * for all namespaces that are not named", pair)
		}
		names = append(names, name)
	}
	return names, nil
}

// checkRecipes also looks whether the recipes that are named are there, and mean something.
func (p Props) checkRecipes() error {
	names, err := p.recipeNames()
	if err != nil {
		return err
	}
	folder := p.Recipes
	if p.Assets != "" {
		folder = filepath.Join(p.Assets, "message", packedRecipes)
	}
	for _, name := range names {
		if name == recipeAuto || name == recipeNone {
			continue
		}
		if _, err := recipe.Load(name, os.DirFS(folder)); err != nil {
			return fmt.Errorf("socketioRecipe, with the recipes in %s, which make build packs: %w", folder, err)
		}
	}
	return nil
}

// packedRecipes is the folder beside bootstrap that recipes are packed in.
const packedRecipes = "recipes"

// recipesIn are the files of a folder, which need not be there, that are packed.
func recipesIn(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("recipes: %w", err)
	}
	var files []string
	for _, e := range entries {
		switch filepath.Ext(e.Name()) {
		case ".yaml", ".yml", ".json":
			files = append(files, e.Name())
		}
	}
	return files, nil
}

// pack copies the recipes of a folder beside the bootstrap of a function.
func pack(folder, function string) error {
	files, err := recipesIn(folder)
	if err != nil || len(files) == 0 {
		return err
	}
	to := filepath.Join(function, packedRecipes)
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, file), text, 0o644); err != nil { //nolint:gosec // as make build has it
			return err
		}
	}
	return nil
}
