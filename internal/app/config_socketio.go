package app

import (
	"fmt"
	"strings"
)

// DialectSocketIO is the name of Socket.IO in DIALECTS.
const DialectSocketIO = "socket.io"

// The names in SOCKETIO_RECIPE that are no recipe's.
const (
	RecipeAuto = "auto" // rules for the first five minutes; the default
	RecipeNone = "none" // the namespace is refused
)

// otherNamespaces stands for all namespaces that SOCKETIO_RECIPE does not name.
const otherNamespaces = "*"

// maxRecipes is as long as SOCKETIO_RECIPE may be: all variables share 4 KB.
const (
	maxRecipes    = 512
	maxRecipeName = 64
)

// Recipes are the names of the recipes that serve the namespaces of Socket.IO, by namespace.
type Recipes map[string]string

// parseRecipes reads one name for all namespaces, or NAMESPACE=NAME, separated by commas. Of a
// namespace that is named twice the later counts.
func parseRecipes(v string) (Recipes, error) {
	wrong := func(part, want string) error { return fmt.Errorf("SOCKETIO_RECIPE: %q: want %s", part, want) }
	const wantName = "the name of a recipe, of at most 64 letters, digits, - and _, such as auto, none, or that of recipes/NAME.yaml"
	if len(v) > maxRecipes {
		return nil, fmt.Errorf("SOCKETIO_RECIPE has %d bytes: want at most %d", len(v), maxRecipes)
	}
	if v = strings.TrimSpace(v); v == "" {
		v = RecipeAuto
	}
	if !strings.Contains(v, "=") {
		if !IsRecipeName(v) {
			return nil, wrong(v, wantName+"; or NAMESPACE=NAME, separated by commas")
		}
		return Recipes{otherNamespaces: v}, nil
	}
	recipes := Recipes{}
	for pair := range strings.SplitSeq(v, ",") {
		pair = strings.TrimSpace(pair)
		of, name, both := strings.Cut(pair, "=")
		switch {
		case !both:
			return nil, wrong(pair, "NAMESPACE=NAME, as others are: /chat=group, /=auto, or *=none for all that are not named")
		case of != otherNamespaces && !isNamespace(of):
			return nil, wrong(of, "a namespace such as / or /chat, of letters, digits and . _ ~ / -, or * for all that are not named")
		case !IsRecipeName(name):
			return nil, wrong(name, wantName)
		}
		recipes[of] = name
	}
	return recipes, nil
}

// Of returns the recipe of a namespace. A client may ask for another one, but not for a namespace
// that is refused.
func (r Recipes) Of(namespace, asked string) (name string, served bool) {
	name, named := r[namespace]
	if !named {
		name, named = r[otherNamespaces]
	}
	switch {
	case !named || name == RecipeNone || asked == RecipeNone:
		return "", false
	case asked == "":
		return name, true
	}
	return asked, IsRecipeName(asked)
}

// IsRecipeName reports whether a recipe can have the name, which a file has, too. It is a pattern in
// both templates, as isNamespace is. A name is that of a file, too.
func IsRecipeName(s string) bool {
	return s != "" && len(s) <= maxRecipeName && s[0] != '-' && s[0] != '_' && consistsOf(s, "-_")
}

func isNamespace(s string) bool { return strings.HasPrefix(s, "/") && consistsOf(s, "._~/-") }
