package servers

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// person is socket.data.
type person struct {
	Name    string `json:"name"`
	Teacher bool   `json:"teacher"`
}

// school is a server in which teachers fetch pupils, whose name they know, into their room.
func school(teachersKey string) *server.IO {
	io := server.New()
	io.Use(func(ctx context.Context, c *server.Client) error {
		var auth struct{ Name, Key string }
		if err := c.Auth(&auth); err != nil || auth.Name == "" {
			return server.Refuse("who are you?", map[string]string{"want": "io(url, { auth: { name } })"})
		}
		if err := c.SetName(ctx, auth.Name); err != nil {
			return err
		}
		return c.SetData(ctx, person{auth.Name, auth.Key == teachersKey})
	})
	io.On("fetch", func(ctx context.Context, c *server.Client) error {
		var self person
		var room, pupil string
		if err := errors.Join(c.Data(ctx, &self), c.Args(&room, &pupil)); err != nil {
			return err
		}
		if !self.Teacher {
			return c.Ack(ctx, "only teachers may")
		}
		other, err := c.Socket(ctx, pupil)
		if errors.Is(err, server.ErrNoSocket) {
			return c.Ack(ctx, pupil+" is not there")
		}
		if err != nil {
			return err
		}
		if _, err := c.Join(ctx, room); err != nil {
			return err
		}
		members, err := other.Join(ctx, room)
		if err != nil {
			return err
		}
		err = server.Update(ctx, c, room, "fetched", func(times *int) error {
			*times++
			return nil
		})
		return errors.Join(err, c.Ack(ctx, nil, len(members)), other.Emit(ctx, "fetched", room, self.Name))
	})
	io.On("signal", func(ctx context.Context, c *server.Client) error {
		var room string
		var data json.RawMessage // is carried as it is
		if err := c.Args(&room, &data); err != nil {
			return err
		}
		return c.To(room).Emit(ctx, "signal", c.ID(), data)
	})
	io.OnLeave(func(ctx context.Context, c *server.Client, room string) error {
		return c.To(room).Emit(ctx, "left", c.ID())
	})
	return io
}
