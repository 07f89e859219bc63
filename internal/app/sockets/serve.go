package sockets

import (
	"fmt"
	"slices"

	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/socketio/recipe"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// Serve gets ready what functions/message and functions/disconnect need for clients of Socket.IO:
// whatever SOCKETIO_RECIPE names. Some of that may be the project's own servers in Go, by these names.
func Serve(a *app.App, own map[string]server.App) error {
	d := a.SocketIO()
	if d == nil {
		return nil
	}
	s := newSockets(a.Config)
	d.Apps = s.App
	return s.Serve(own)
}

// Serve has the project's own servers go by their names, beside recipes, and checks that all names in
// SOCKETIO_RECIPE are somebody's.
func (s *Sockets) Serve(own map[string]server.App) error {
	for name := range own {
		if !app.IsRecipeName(name) || name == app.RecipeAuto || name == app.RecipeNone || slices.Contains(recipe.Names(), name) {
			return fmt.Errorf("a server of Socket.IO cannot be called %q: want 1 to 64 letters, digits, - and _, and "+
				"neither auto or none nor the name of a built-in recipe", name)
		}
	}
	s.own = own
	return s.Check()
}

// isOurs reports whether a name is that of the project's own recipe or server. A client that asks for
// another does not get around it: rooms are the namespace's, and ours may let in not all.
func (s *Sockets) isOurs(name string) bool {
	return name != "" && name != app.RecipeAuto && !slices.Contains(recipe.Names(), name)
}
