package recipe

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// A step is one object of a recipe's lists of steps.
type step struct {
	line   int
	word   string // of its action
	when   *condition
	action action
}

type action interface {
	do(ctx context.Context, t *turn) error
}

type (
	join struct {
		room value
		most int
		full []step
	}
	leave struct{ room value }
	in    struct{ room value }
	name  struct {
		name  value
		taken []step
		one   bool // taken is said, so that a name that somebody has is not taken over
	}
	set  []setting
	emit struct {
		event value
		to    target
		args  value
	}
	ack  struct{ args value }
	each struct {
		list  value
		steps []step
	}
	pair struct {
		queue value
		steps []step
	}
)

type setting struct {
	key   string
	value value
}

func (j join) do(ctx context.Context, t *turn) error {
	room, ok, err := t.nameOf(ctx, j.room)
	if err != nil {
		return err
	}
	if !ok {
		return complaint("the name of the room is missing")
	}
	members, err := t.socket.Join(ctx, room, j.most)
	if err != nil && !errors.Is(err, server.ErrFull) {
		return err
	}
	t.enter(room, members)
	if err == nil {
		return nil
	}
	if err := t.run(ctx, j.full); err != nil {
		return err
	}
	return errEnd
}

func (l leave) do(ctx context.Context, t *turn) error {
	room, ok, err := t.nameOf(ctx, l.room)
	if !ok || err != nil {
		return err
	}
	was, err := t.socket.Leave(ctx, room)
	if err != nil || !was {
		return err
	}
	delete(t.known, room)
	return t.within(ctx, room, t.recipe.leave)
}

func (i in) do(ctx context.Context, t *turn) error {
	room, ok, err := t.wordOf(ctx, i.room)
	t.room, t.inRoom = room, ok
	return err
}

func (n name) do(ctx context.Context, t *turn) error {
	name, ok, err := t.nameOf(ctx, n.name)
	if !ok || name == "" || err != nil {
		return err
	}
	err = t.socket.SetName(ctx, name, n.one)
	if !errors.Is(err, server.ErrTaken) {
		return err
	}
	if err := t.run(ctx, n.taken); err != nil {
		return err
	}
	return errEnd
}

func (s set) do(ctx context.Context, t *turn) error {
	change := map[string]json.RawMessage{}
	for _, m := range s {
		raw, err := m.value.of(ctx, t)
		if err != nil {
			return err
		}
		change[m.key] = orNull(raw)
	}
	return t.socket.SetData(ctx, change)
}

func (a ack) do(ctx context.Context, t *turn) error {
	if !t.event.Ack || t.acked {
		return nil
	}
	args, err := t.argsOf(ctx, a.args)
	if err != nil {
		return err
	}
	t.acked = true
	return t.socket.Ack(ctx, args, t.event.Attachments)
}

func (e each) do(ctx context.Context, t *turn) error {
	raw, err := e.list.of(ctx, t)
	if err != nil {
		return err
	}
	all := items(raw)
	if len(all) > maxLoop {
		return complaint("the list has %d items, the limit is %d", len(all), maxLoop)
	}
	for _, item := range all {
		t.items = append(t.items, item)
		err := t.run(ctx, e.steps)
		t.items = t.items[:len(t.items)-1]
		if err != nil {
			return err
		}
	}
	return nil
}

func (p pair) do(ctx context.Context, t *turn) error {
	queue, ok, err := t.nameOf(ctx, p.queue)
	if err != nil {
		return err
	}
	if !ok {
		return complaint("the name of the queue is missing")
	}
	room, err := t.socket.Pair(ctx, queue)
	if room == "" || err != nil {
		return err
	}
	t.enter(room, nil)
	return t.run(ctx, p.steps)
}

func (e emit) do(ctx context.Context, t *turn) error {
	name, ok, err := t.wordOf(ctx, e.event)
	if err != nil {
		return err
	}
	if !ok {
		return complaint("the name of the event is missing")
	}
	if server.Reserved(name) {
		return complaint("no server may emit %q", name)
	}
	targets, err := e.to.of(ctx, t)
	if len(targets) == 0 || err != nil {
		return err
	}
	event := server.Event{Name: name}
	if event.Args, err = t.argsOf(ctx, e.args); err != nil {
		return err
	}
	if t.event != nil {
		event.Attachments = t.event.Attachments
	}
	for _, to := range targets {
		if err := t.spent.emit(to.Kind != server.Self && to.Kind != server.One); err != nil {
			return err
		}
		if err := t.socket.Emit(ctx, to, event); err != nil {
			return err
		}
	}
	return nil
}

// argsOf returns the items of a list, and counts their bytes.
func (t *turn) argsOf(ctx context.Context, v value) ([]json.RawMessage, error) {
	var args []json.RawMessage
	var err error
	if l, ok := v.(list); ok {
		args, err = l.each(ctx, t)
	} else if v != nil {
		var raw json.RawMessage
		raw, err = v.of(ctx, t)
		args = items(raw)
	}
	for i, arg := range args {
		args[i] = orNull(arg)
		if err == nil {
			err = t.spent.make(len(arg))
		}
	}
	return args, err
}

// nameOf is wordOf for what is kept under that name.
func (t *turn) nameOf(ctx context.Context, v value) (string, bool, error) {
	name, ok, err := t.wordOf(ctx, v)
	if len(name) > server.MaxName {
		return "", false, complaint("the name has %d bytes, the limit is %d", len(name), server.MaxName)
	}
	return name, ok, err
}

// wordOf returns what names a room, a person or an event: a text, or a number.
func (t *turn) wordOf(ctx context.Context, v value) (string, bool, error) {
	raw, err := v.of(ctx, t)
	if err != nil {
		return "", false, err
	}
	s, ok := word(raw)
	return s, ok, nil
}
