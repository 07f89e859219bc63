package infra

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/parley-rtc/parley/internal/socketio/recipe"
	"github.com/parley-rtc/parley/internal/socketio/recipe/recipefile"
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
	folder, check := p.Recipes, recipefile.Check
	if p.Assets != "" {
		folder, check = filepath.Join(p.Assets, "message", packedRecipes), recipe.Check
	}
	for _, name := range names {
		if name == recipeAuto || name == recipeNone {
			continue
		}
		if err := check(name, os.DirFS(folder)); err != nil {
			return fmt.Errorf("socketioRecipe, with the recipes in %s, which make build packs: %w", folder, err)
		}
	}
	return nil
}

// packedRecipes is the folder beside bootstrap that recipes are packed in.
const packedRecipes = "recipes"
