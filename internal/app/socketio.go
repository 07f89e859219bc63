package app

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/socketio/auto"
	"github.com/parley-rtc/parley/internal/socketio/recipe"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// Sockets are the application halves of Socket.IO, by the names of their recipes. Each is made when
// it is needed first, and kept. It is safe for concurrent use.
type Sockets struct {
	Recipes Recipes
	Folder  fs.FS // of those that are packed with the function
	// Load makes the one of a name.
	Load func(name string, folder fs.FS) (server.App, error)

	own map[string]server.App // the project's, in Go

	mu   sync.Mutex
	made map[string]server.App
}

// sockets are those of the settings. The folder need not be there.
func (c Config) sockets() *Sockets {
	return &Sockets{Recipes: c.Recipes, Folder: os.DirFS(filepath.Join(c.TaskRoot, "recipes")), Load: load}
}

func load(name string, folder fs.FS) (server.App, error) {
	if name != recipeAuto {
		return recipe.Load(name, folder)
	}
	return auto.New(func(name string) (server.App, error) { return recipe.Load(name, nil) }), nil
}

// serveSockets gives the dialect of Socket.IO what it needs, if it is served. The key that ids are
// sealed with is asked for when it is needed: few of those that disconnect do.
func (a *App) serveSockets() {
	d, served := a.Handler.Dialects.Named(socketio.Name).(*socketio.Dialect)
	if !served {
		return
	}
	sockets := a.Config.sockets()
	d.Apps, d.Store, d.Items = sockets.App, a.rooms, a.rooms
	d.Sealer = seal.Lazily(a.rooms.Key)
	a.sockets, a.socketio = sockets, d
}

// App returns what serves a namespace, by SOCKETIO_RECIPE or as the client asks for, or
// server.ErrNoNamespace.
func (s *Sockets) App(namespace, asked string) (server.App, error) {
	if own, ok := s.ownOf(namespace); ok {
		return own, nil
	}
	name, served := s.Recipes.Of(namespace, asked)
	if !served {
		return nil, server.ErrNoNamespace
	}
	app, err := s.named(name)
	if err != nil && asked != "" {
		return nil, &server.Refusal{Message: "there is no recipe " + name + ": ?recipe= wants the name of a built-in one, or of a file in recipes/"}
	}
	return app, err
}

func (s *Sockets) named(name string) (server.App, error) {
	if own := s.own[name]; own != nil {
		return own, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if app := s.made[name]; app != nil {
		return app, nil
	}
	app, err := s.Load(name, s.Folder)
	if err != nil {
		return nil, fmt.Errorf("the recipe %s: %w", name, err)
	}
	if s.made == nil {
		s.made = map[string]server.App{}
	}
	s.made[name] = app
	return app, nil
}

// Check makes those that SOCKETIO_RECIPE names, so that a wrong one shows when the function starts.
func (s *Sockets) Check() error {
	for _, name := range slices.Compact(slices.Sorted(maps.Values(s.Recipes))) {
		if name == recipeNone {
			continue
		}
		if _, err := s.named(name); err != nil {
			return fmt.Errorf("SOCKETIO_RECIPE: %w", err)
		}
	}
	return nil
}
