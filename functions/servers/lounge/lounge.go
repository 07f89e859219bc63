// Package lounge is an example of a Socket.IO server in Go: a list of rooms, each with a password,
// whose hosts let people in and throw them out. No recipe can say that. The functions have it only if
// they are built under the tag lounge, and then SOCKETIO_RECIPE=lounge serves it.
//
// A client emits, each with an acknowledgement that is {error} if it was refused:
//
//	list                          {rooms}: the names, that which was joined last first
//	create  room, password, name  {host: true, people}
//	join    room, password, name  {host, people}; the others get joined {id, name}
//	knock   room, name            {}; the host gets knock {id, name}
//	let-in  id                    {}; as if that one had joined, which gets let-in {host, people}
//	kick    id                    {}; that one gets kicked, the others left id
//	signal  id, data              {}; that one gets signal id, data, if both are in one room
//	leave                         {}; the others get left id, as when the client disconnects
//	close                         {}; everybody gets closed, and the room is gone
//
// The host is who has been in the room for longest. A client is in one room. A room that is empty
// stays for two hours, for who knows its password.
package lounge

import (
	"context"
	"errors"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// New returns the server.
func New() *server.IO {
	io := server.New()
	io.On("list", answered(list))
	io.On("create", answered(create))
	io.On("join", answered(join))
	io.On("knock", answered(knock))
	io.On("let-in", answered(letIn))
	io.On("kick", answered(kick))
	io.On("signal", answered(signal))
	io.On("leave", answered(leave))
	io.On("close", answered(closeRoom))
	io.OnLeave(func(ctx context.Context, c *server.Client, room string) error {
		return c.In(room).Emit(ctx, "left", c.ID())
	})
	return io
}

// refusal is an error that the client is told.
type refusal string

func (r refusal) Error() string { return string(r) }

type refused struct {
	Error string `json:"error"`
}

// done is what there is to say to who has asked for something and got it.
type done struct{}

// answered makes a handler of what acknowledges its event itself, unless it fails.
func answered(do server.Handler) server.Handler {
	return func(ctx context.Context, c *server.Client) error {
		err := do(ctx, c)
		if r, ok := errors.AsType[refusal](err); ok {
			return c.Ack(ctx, refused{string(r)})
		}
		if err != nil {
			err = errors.Join(err, c.Ack(ctx, refused{"it did not work: try again"}))
		}
		return err
	}
}

// guest is what is kept with a client.
type guest struct {
	Name   string  `json:"name,omitempty"`
	Knocks *string `json:"knocks"` // the room at which it waits to be let in
}

// person is one of a room, as the others see it.
type person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// present is what who has come into a room is told.
type present struct {
	Host   bool     `json:"host"`
	People []person `json:"people"`
}

// enter takes a client into a room whose door it has passed, and returns what it is to be told.
func enter(ctx context.Context, c *server.Client, room, name string) (present, error) {
	if err := c.SetData(ctx, guest{Name: name}); err != nil {
		return present{}, err
	}
	members, err := c.JoinAtMost(ctx, room, maxPeople)
	if errors.Is(err, server.ErrFull) {
		return present{}, refusal("the room is full")
	}
	if err != nil {
		return present{}, err
	}
	here := present{Host: members[0].ID == c.ID()}
	for _, m := range members {
		var g guest
		if err := m.Read(&g); err != nil {
			return present{}, err
		}
		here.People = append(here.People, person{m.ID, g.Name})
	}
	return here, nil
}

// inside returns the room that a client is in, and who is there: the host first.
func inside(ctx context.Context, c *server.Client) (string, []server.Member, error) {
	rooms, err := c.Rooms(ctx)
	if err != nil {
		return "", nil, err
	}
	if len(rooms) == 0 {
		return "", nil, refusal("you are in no room")
	}
	members, err := c.Members(ctx, rooms[0])
	return rooms[0], members, err
}

// hosting is the same for what only hosts may do.
func hosting(ctx context.Context, c *server.Client) (string, []server.Member, error) {
	room, members, err := inside(ctx, c)
	if err == nil && (len(members) == 0 || members[0].ID != c.ID()) {
		err = refusal("only the host may do that")
	}
	return room, members, err
}
