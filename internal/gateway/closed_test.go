package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
)

// chair is a toy whose connections are listed when they open. Of one that has ended it notes what it
// is told.
type chair struct{ *toy }

var chairs = directory.Name{Space: "toy", Name: "chairs"}

func (d chair) Opened(ctx context.Context, c *dialect.Conn) error {
	_, err := c.Directory.List(ctx, chairs, directory.Entry{Conn: c.ID, Dialect: d.name}, directory.Terms{}, c.Time)
	return err
}

func (d chair) Closed(ctx context.Context, c *dialect.Conn) error {
	was, err := c.Remembered(ctx)
	d.note(string(c.ID), was.State, fmt.Sprint(was.Names), fmt.Sprint(c.Code), c.Reason)
	c.Note(errors.New("the floor is wet"))
	return err
}

// keeper is a chair that leaves who has ended where it was.
type keeper struct{ chair }

func (keeper) UnlistsItself() {}

func TestADialectKnowsHowAConnectionEndedAndWhatItWas(t *testing.T) {
	for name, leaves := range map[string]bool{"chair": false, "keeper": true} {
		d := chair{&toy{name: name, greeting: dialect.Greeting{State: "blue", Opener: true}}}
		s := serve(t, d)
		if leaves {
			s = serve(t, keeper{d})
		}
		counted := &reads{ConnectionStore: s.store}
		s.handler.House.Connections = counted
		s.connects("dialect=" + name)
		s.happens(s.event("$opened", "alice"))
		counted.n = 0
		e := s.event("$disconnect", "alice")
		e.RequestContext.DisconnectStatusCode, e.RequestContext.DisconnectReason = 4001, "gone for tea"
		if _, err := s.handler.Disconnect(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		want(t, name+": what it is told", d.take(), []string{"alice blue [toy/chairs] 4001 gone for tea"})
		s.wantLogged("ERROR", "disconnect failed", "the floor is wet")
		if counted.n > 0 {
			t.Errorf("%s: %d reads for what the store has said", name, counted.n)
		}
		list, err := s.handler.House.Directory.Find(t.Context(), chairs, s.now, true)
		stays := slices.ContainsFunc(list, func(e directory.Entry) bool { return e.Conn == "alice" })
		if err != nil || stays != leaves {
			t.Errorf("%s: listed are %+v, %v", name, list, err)
		}
	}
}
