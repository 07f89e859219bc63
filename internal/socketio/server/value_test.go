package server_test

import (
	"context"
	"errors"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// TestValues: what is kept for a room is changed by one at a time.
func TestValues(t *testing.T) {
	s := newStage(t)
	refused := errors.New("no")
	s.io.On("do", func(ctx context.Context, c *server.Client) error {
		var list []string
		if rev, err := c.Value(ctx, "r", "list", &list); err != nil || rev != 0 || list != nil {
			t.Errorf("got %v at %d, %v", list, rev, err)
		}
		rev, err := c.SetValue(ctx, "r", "list", []string{"a"}, 0)
		s.ok(err)
		if _, err := c.SetValue(ctx, "r", "list", []string{"b"}, 0); !errors.Is(err, server.ErrChanged) {
			t.Errorf("got %v", err)
		}
		times := 0
		s.ok(server.Update(ctx, c, "r", "list", func(list *[]string) error {
			if times++; times == 1 { // somebody is faster
				_, err := c.SetValue(ctx, "r", "list", []string{"a", "b"}, rev)
				s.ok(err)
			}
			*list = append(*list, "c")
			return nil
		}))
		if rev, err := c.Value(ctx, "r", "list", &list); err != nil || rev != 3 || len(list) != 3 {
			t.Errorf("got %v at %d, %v", list, rev, err)
		}
		err = server.Update(ctx, c, "r", "list", func(list *[]string) error {
			*list = nil
			return refused
		})
		if !errors.Is(err, refused) {
			t.Errorf("got %v", err)
		}
		s.ok(server.Update(ctx, c, "r", "list", func(*[]string) error { return nil })) // no change
		s.ok(server.Update(ctx, c, "r", "list", func(list *[]string) error { *list = nil; return nil }))
		s.ok(server.Update(ctx, c, "r", "list", func(*[]string) error { return nil }))
		list = nil
		if rev, err := c.Value(ctx, "r", "list", &list); err != nil || rev != 4 || list != nil {
			t.Errorf("got %v at %d, %v", list, rev, err)
		}
		_, err = c.SetValue(ctx, "r", "list", 7, server.AnyRev)
		s.ok(err)
		if _, err := c.Value(ctx, "r", "list", &list); err == nil {
			t.Error("a number is a list")
		}
		if server.Update(ctx, c, "r", "list", func(*[]string) error { return nil }) == nil {
			t.Error("a number is a list")
		}
		err = server.Update(ctx, c, "q", "k", func(n *int) error {
			*n++
			_, err := c.SetValue(ctx, "q", "k", 0, server.AnyRev)
			return err
		})
		if !errors.Is(err, server.ErrChanged) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	a := s.connect("a")[0]
	s.ok(a.Emit(t.Context(), "do"))
}
