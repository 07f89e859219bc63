// Package sockets wires what answers clients of Socket.IO: recipes and servers in Go. It is apart from
// app since functions/connect has no need of it: what reads recipes would make it larger.
package sockets

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/socketio/auto"
	"github.com/parley-rtc/parley/internal/socketio/recipe"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// Sockets are the application halves of Socket.IO, by the names of their recipes. Each is made when
// it is needed first, and kept. It is safe for concurrent use.
type Sockets struct {
	Recipes app.Recipes
	Folder  fs.FS // of those that are packed with the function
	// Load makes the one of a name.
	Load func(name string, folder fs.FS) (server.App, error)

	own map[string]server.App // the project's, in Go

	mu   sync.Mutex
	made map[string]server.App
}

// newSockets returns those of the settings. The folder need not be there.
func newSockets(c app.Config) *Sockets {
	return &Sockets{Recipes: c.Recipes, Folder: os.DirFS(filepath.Join(c.TaskRoot, "recipes")), Load: load}
}

func load(name string, folder fs.FS) (server.App, error) {
	if name != app.RecipeAuto {
		return recipe.Load(name, folder)
	}
	return auto.New(func(name string) (server.App, error) { return recipe.Load(name, nil) }), nil
}

// App returns what serves a namespace, by SOCKETIO_RECIPE or as the client asks for, or
// server.ErrNoNamespace.
func (s *Sockets) App(namespace, asked string) (server.App, error) {
	if set, _ := s.Recipes.Of(namespace, ""); s.isOurs(set) {
		asked = ""
	}
	name, ok := s.Recipes.Of(namespace, asked)
	if !ok {
		return nil, server.ErrNoNamespace
	}
	served, err := s.named(name)
	if err != nil && asked != "" {
		return nil, refusal(name, err)
	}
	return served, err
}

// refusal is what a client is told that has asked for a recipe that cannot be had. What is wrong with
// it is for the log.
func refusal(name string, err error) error {
	if _, wrong := errors.AsType[recipe.Problems](err); wrong {
		told := "the recipe " + name + " has a mistake: the log says which, and so does parley recipe check"
		return errors.Join(&server.Refusal{Message: told}, err)
	}
	const wants = ": ?recipe= wants the name of a built-in one, or of a file in recipes/"
	return &server.Refusal{Message: "there is no recipe " + name + wants}
}

func (s *Sockets) named(name string) (server.App, error) {
	if own := s.own[name]; own != nil {
		return own, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if made := s.made[name]; made != nil {
		return made, nil
	}
	made, err := s.Load(name, s.Folder)
	if err != nil {
		return nil, fmt.Errorf("the recipe %s: %w", name, err)
	}
	if s.made == nil {
		s.made = map[string]server.App{}
	}
	s.made[name] = made
	return made, nil
}

// Check makes those that SOCKETIO_RECIPE names, so that a wrong one shows when the function starts.
func (s *Sockets) Check() error {
	for _, name := range slices.Compact(slices.Sorted(maps.Values(s.Recipes))) {
		if name == app.RecipeNone {
			continue
		}
		if _, err := s.named(name); err != nil {
			return fmt.Errorf("SOCKETIO_RECIPE: %w", err)
		}
	}
	return nil
}
