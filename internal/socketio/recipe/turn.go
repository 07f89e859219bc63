package recipe

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// A turn is a recipe at one event.
type turn struct {
	recipe *Recipe
	socket server.Socket
	event  *server.Event // nil outside of on
	room   string        // the current one
	inRoom bool          // there is a current one
	items  []json.RawMessage
	random string
	acked  bool
	spent  spent

	known    map[string][]server.Member // rooms that were read, or joined
	everyone []server.Member
}

// errEnd ends an event that has nothing more to do.
var errEnd = errors.New("the event ends here")

// play runs a section of a recipe.
func (r *Recipe) play(ctx context.Context, t *turn, steps []step) error {
	t.recipe, t.known = r, map[string][]server.Member{}
	if t.event != nil && slices.ContainsFunc(t.event.Args, deep) {
		return errDeep
	}
	if err := t.run(ctx, steps); !errors.Is(err, errEnd) {
		return err
	}
	return nil
}

func (t *turn) run(ctx context.Context, steps []step) error {
	for _, s := range steps {
		err := t.take(ctx, s)
		if _, told := errors.AsType[*Failure](err); err != nil && !told && !errors.Is(err, errEnd) {
			err = &Failure{File: t.recipe.file, Line: s.line, Step: s.word, Err: err}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) take(ctx context.Context, s step) error {
	if err := t.spent.step(); err != nil {
		return err
	}
	if holds, err := s.when.holds(ctx, t); err != nil || !holds {
		return err
	}
	return s.action.do(ctx, t)
}

// rooms returns the current room or, without one, those that the socket is in.
func (t *turn) rooms(ctx context.Context) ([]string, error) {
	if t.inRoom {
		return []string{t.room}, nil
	}
	return t.socket.Rooms(ctx)
}

// members returns who is in those rooms, each once.
func (t *turn) members(ctx context.Context) ([]server.Member, error) {
	rooms, err := t.rooms(ctx)
	if err != nil {
		return nil, err
	}
	var all []server.Member
	seen := map[string]bool{}
	for _, room := range rooms {
		there, ok := t.known[room]
		if !ok {
			if there, err = t.socket.Members(ctx, room); err != nil {
				return nil, err
			}
			t.known[room] = there
		}
		for _, m := range there {
			if !seen[m.ID] {
				all = append(all, m)
			}
			seen[m.ID] = true
		}
	}
	return all, nil
}

// enter makes a room the current one, with who is known to be there.
func (t *turn) enter(room string, members []server.Member) {
	t.room, t.inRoom = room, true
	if members != nil {
		t.known[room] = members
	}
}

// within runs steps with another current room.
func (t *turn) within(ctx context.Context, room string, steps []step) error {
	was, had := t.room, t.inRoom
	t.enter(room, nil)
	err := t.run(ctx, steps)
	t.room, t.inRoom = was, had
	return err
}
