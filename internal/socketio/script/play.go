package script

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-rtc/parley/internal/socketio/server"
	"github.com/parley-rtc/parley/internal/socketio/servertest"
)

// A Stage is where a script is played. Clients go by their name, with the namespace behind it if it is
// not the main one.
type Stage interface {
	Connect(ctx context.Context, client string, h servertest.Handshake) error
	Send(ctx context.Context, client string, e server.Event) error
	Disconnect(ctx context.Context, client string) error
	Took() []servertest.Record // since it was last asked
}

// Play plays the script, and returns what clients did and got, line by line.
func (s *Script) Play(ctx context.Context, app server.App) []string {
	return s.PlayOn(ctx, &world{servertest.New(app), map[string]*servertest.Client{}})
}

// PlayOn is Play with another world.
func (s *Script) PlayOn(ctx context.Context, stage Stage) []string {
	var lines []string
	for _, a := range s.acts {
		lines = append(lines, a.text)
		err := a.play(ctx, stage)
		for _, r := range stage.Took() {
			lines = append(lines, recorded(r))
		}
		if err != nil {
			for line := range strings.Lines(err.Error()) {
				lines = append(lines, "! "+strings.TrimSpace(line))
			}
		}
	}
	return lines
}

func (a act) play(ctx context.Context, stage Stage) error {
	switch a.verb {
	case "connects":
		shown := servertest.Handshake{Namespace: a.namespace, Query: a.query}
		if a.auth != nil {
			shown.Auth = a.auth
		}
		return stage.Connect(ctx, a.client, shown)
	case "leaves":
		return stage.Disconnect(ctx, a.client)
	}
	return stage.Send(ctx, a.client, server.Event{Name: a.event, Args: a.args, Ack: a.ack})
}

// world is the Stage that nobody has to set up.
type world struct {
	*servertest.World
	clients map[string]*servertest.Client
}

func (w *world) Connect(ctx context.Context, client string, h servertest.Handshake) error {
	name, _, _ := strings.Cut(client, "/")
	c, err := w.World.Connect(ctx, name, h)
	if c != nil {
		w.clients[client] = c
	}
	return err
}

func (w *world) Send(ctx context.Context, client string, e server.Event) error {
	c, err := w.client(client)
	if err != nil {
		return err
	}
	return c.Send(ctx, e)
}

func (w *world) Disconnect(ctx context.Context, client string) error {
	c, err := w.client(client)
	if err != nil {
		return err
	}
	return c.Disconnect(ctx)
}

func (w *world) client(name string) (*servertest.Client, error) {
	c := w.clients[name]
	if c == nil {
		return nil, fmt.Errorf("%s has not connected", name)
	}
	return c, nil
}

func recorded(r servertest.Record) string {
	switch r.Kind {
	case servertest.Event, servertest.Acknowledged:
		return emitted(r.To, "<", r.Event.Name, r.Event.Args, r.Kind == servertest.Acknowledged)
	case servertest.Disconnected:
		return r.To + " < disconnect"
	}
	return strings.Replace(r.String(), ": ", " < ", 1)
}

// Differences compares what was played with what the script expects: nil if it is that, or if the
// script expects nothing. Else it is all lines, with a - before those that did not come and a +
// before those that did instead.
func (s *Script) Differences(played []string) []string {
	if !s.expected || slices.Equal(s.lines, played) {
		return nil
	}
	return differences(s.lines, played)
}

func differences(want, got []string) []string {
	// common[i][j] is how many lines want[i:] and got[j:] have in common, in order.
	common := make([][]int, len(want)+1)
	for i := range common {
		common[i] = make([]int, len(got)+1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		for j := len(got) - 1; j >= 0; j-- {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); want[i] == got[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var lines []string
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		switch {
		case i < len(want) && j < len(got) && want[i] == got[j]:
			lines = append(lines, "  "+want[i])
			i, j = i+1, j+1
		case j == len(got) || i < len(want) && common[i+1][j] >= common[i][j+1]:
			lines = append(lines, "- "+want[i])
			i++
		default:
			lines = append(lines, "+ "+got[j])
			j++
		}
	}
	return lines
}
