package auto

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// App is a server.App.
type App struct {
	recipes func(name string) (server.App, error)

	mu    sync.Mutex
	known map[string]server.App
}

var _ server.App = (*App)(nil)

// New returns an App with all rules, the last of which takes its recipes from there.
func New(recipes func(name string) (server.App, error)) *App {
	return &App{recipes: recipes, known: map[string]server.App{}}
}

// Needs is what the rules do, and the recipes of the last one: nothing is for all of a namespace.
func (a *App) Needs() server.Needs { return server.Needs{Own: true} }

// Connected has nothing to do: before a client has said anything no rule is any better than another.
func (a *App) Connected(context.Context, server.Socket) error { return nil }

// Event goes by the rules. What overtook the event by which its socket joined is looked at once more
// when that is through: it may have left the socket to a recipe.
func (a *App) Event(ctx context.Context, s server.Socket, e server.Event) error {
	err := a.event(ctx, s, e)
	if errors.Is(err, errOvertook) {
		err = a.event(ctx, s, e)
	}
	return err
}

func (a *App) event(ctx context.Context, s server.Socket, e server.Event) error {
	t, recipe, err := a.turn(ctx, s)
	switch {
	case err != nil:
		return err
	case recipe != nil:
		return pass(ctx, s, e, recipe)
	}
	if name, ok := known(e); ok && t.seat == nil {
		return a.hand(ctx, s, e, name)
	}
	return t.event(ctx, e)
}

// hand leaves a socket to a recipe, from this event on.
func (a *App) hand(ctx context.Context, s server.Socket, e server.Event, name string) error {
	recipe, err := a.recipe(name)
	if err != nil {
		return err
	}
	if err := s.SetData(ctx, map[string]json.RawMessage{recipeKey: encode(name)}); err != nil {
		return err
	}
	if err := recipe.Connected(ctx, s); err != nil {
		return err
	}
	return pass(ctx, s, e, recipe)
}

// pass lets a recipe handle an event, within what holds for all rules: nobody in no room is heard, and
// nobody passes for another. A recipe that one has asked for by name need not keep to either.
func pass(ctx context.Context, s server.Socket, e server.Event, recipe server.App) error {
	if _, joins := known(e); !joins {
		rooms, err := s.Rooms(ctx)
		if err == nil && len(rooms) == 0 {
			rooms, err = s.RoomsNow(ctx)
		}
		if err != nil {
			return err
		}
		if len(rooms) == 0 {
			return unheard(e.Name)
		}
	}
	t := newTurn(s, nil)
	if returns(e) { // to callerID, which is no more than where it goes
		return recipe.Event(ctx, s, e)
	}
	honest := t.honestAll(e.Args)
	if !slices.EqualFunc(honest, e.Args, same) { // but the name is the sender's, too
		name, err := s.Name(ctx)
		if err != nil {
			return err
		}
		t.ids = []string{name}
		honest = t.honestAll(e.Args)
	}
	e.Args = honest
	return recipe.Event(ctx, s, e)
}

// returns reports whether an event is the answer of a group call, {signal, callerID}: its recipe says
// by itself who sends it.
func returns(e server.Event) bool {
	words := split(e.Name)
	return len(words) > 1 && (words[0] == "returning" || words[0] == "return") && words[1] == "signal"
}

func same(a, b json.RawMessage) bool { return bytes.Equal(a, b) }

// Answered is for a recipe: no rule asks a client for anything.
func (a *App) Answered(ctx context.Context, s server.Socket, ask int, args []json.RawMessage) error {
	_, recipe, err := a.turn(ctx, s)
	if err != nil || recipe == nil {
		return err
	}
	return recipe.Answered(ctx, s, ask, args)
}

// Left tells the others of a room.
func (a *App) Left(ctx context.Context, s server.Socket, room string) error {
	t, recipe, err := a.turn(ctx, s)
	switch {
	case err != nil:
		return err
	case recipe != nil:
		return recipe.Left(ctx, s, room)
	}
	return t.tellLeft(ctx, room)
}

// Disconnected is for a recipe: Left has said all.
func (a *App) Disconnected(ctx context.Context, s server.Socket) error {
	_, recipe, err := a.turn(ctx, s)
	if err != nil || recipe == nil {
		return err
	}
	return recipe.Disconnected(ctx, s)
}

// turn returns what is known of a socket, and the recipe that it is left to, if any.
func (a *App) turn(ctx context.Context, s server.Socket) (*turn, server.App, error) {
	data, err := s.Kept(ctx)
	if err != nil {
		return nil, nil, err
	}
	if raw, ok := data[recipeKey]; ok {
		recipe, err := a.recipe(text(raw))
		return nil, recipe, err
	}
	return newTurn(s, data), nil, nil
}

// recipe makes a recipe when it is first asked for: most processes need one of them or none.
func (a *App) recipe(name string) (server.App, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if app := a.known[name]; app != nil {
		return app, nil
	}
	app, err := a.recipes(name)
	if err != nil {
		return nil, err
	}
	a.known[name] = app
	return app, nil
}
