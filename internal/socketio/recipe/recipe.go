package recipe

import (
	"context"
	"encoding/json"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// Recipe is a server.App.
type Recipe struct {
	// Random makes $new; nil for what nobody can guess.
	Random func() string

	file       string
	connect    []step
	on         map[string][]step
	other      []step // of "*"
	leave      []step
	disconnect []step
	needs      server.Needs
	everyoneAt int // the line that asks for it
	ownAt      int
	sections   []section // all of it, in the order of the file
}

// section is steps as a recipe has them: on join|enter.
type section struct {
	name  string
	steps []step
}

var _ server.App = (*Recipe)(nil)

// Needs is what the recipe's words ask for.
func (r *Recipe) Needs() server.Needs { return r.needs }

// Why returns the lines that ask for what Needs says; 0 where it is not asked for.
func (r *Recipe) Why() (everyone, own int) { return r.everyoneAt, r.ownAt }

// Connected runs connect.
func (r *Recipe) Connected(ctx context.Context, s server.Socket) error {
	return r.play(ctx, &turn{socket: s}, r.connect)
}

// Event runs what on says of the event, or of all that it says nothing else of.
func (r *Recipe) Event(ctx context.Context, s server.Socket, e server.Event) error {
	steps, ok := r.on[e.Name]
	if !ok {
		steps = r.other
	}
	return r.play(ctx, &turn{socket: s, event: &e}, steps)
}

// Answered has nothing to do: a recipe asks for no acknowledgement.
func (r *Recipe) Answered(context.Context, server.Socket, int, []json.RawMessage) error { return nil }

// Left runs leave.
func (r *Recipe) Left(ctx context.Context, s server.Socket, room string) error {
	return r.play(ctx, &turn{socket: s, room: room, inRoom: true}, r.leave)
}

// Disconnected runs disconnect.
func (r *Recipe) Disconnected(ctx context.Context, s server.Socket) error {
	return r.play(ctx, &turn{socket: s}, r.disconnect)
}
