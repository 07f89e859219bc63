package app

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// Sockets are the application halves of Socket.IO, by the names of their recipes. Each is made when
// it is needed first, and kept. It is safe for concurrent use.
type Sockets struct {
	Recipes Recipes
	Folder  fs.FS // of those that are packed with the function
	// Load makes the one of a name.
	Load func(name string, folder fs.FS) (server.App, error)

	mu   sync.Mutex
	made map[string]server.App
}

// sockets has no Load yet. The folder need not be there.
func (c Config) sockets() *Sockets {
	return &Sockets{Recipes: c.Recipes, Folder: os.DirFS(filepath.Join(c.TaskRoot, "recipes"))}
}

// App returns what serves a namespace, by SOCKETIO_RECIPE or as the client asks for, or
// server.ErrNoNamespace.
func (s *Sockets) App(namespace, asked string) (server.App, error) {
	name, served := s.Recipes.Of(namespace, asked)
	if !served {
		return nil, server.ErrNoNamespace
	}
	return s.named(name)
}

func (s *Sockets) named(name string) (server.App, error) {
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
