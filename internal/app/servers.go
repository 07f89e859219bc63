package app

import (
	"fmt"
	"slices"

	"github.com/parley-rtc/parley/internal/socketio/recipe"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// ServeSocketIO gets ready what functions/message and functions/disconnect need for clients of
// Socket.IO: whatever SOCKETIO_RECIPE names. Some of that may be the project's own servers in Go, by
// these names.
func (a *App) ServeSocketIO(own map[string]server.App) error {
	if a.sockets == nil {
		return nil
	}
	return a.sockets.Serve(own)
}

// Serve has the project's own servers go by their names, beside recipes, and checks that all names in
// SOCKETIO_RECIPE are somebody's.
func (s *Sockets) Serve(own map[string]server.App) error {
	for name := range own {
		if !isRecipeName(name) || name == recipeAuto || name == recipeNone || slices.Contains(recipe.Names(), name) {
			return fmt.Errorf("a server of Socket.IO cannot be called %q: want 1 to 64 letters, digits, - and _, and "+
				"neither auto or none nor the name of a built-in recipe", name)
		}
	}
	s.own = own
	return s.Check()
}

// ownOf returns the project's own server that the setting has for a namespace. A client that asks for
// a recipe does not get around it: rooms are the namespace's, and that server may let in not all.
func (s *Sockets) ownOf(namespace string) (server.App, bool) {
	name, _ := s.Recipes.Of(namespace, "")
	app, ok := s.own[name]
	return app, ok
}
