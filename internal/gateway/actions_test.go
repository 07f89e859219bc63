package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/signaling"
)

// ownActions are a project's own, for transcripts: "note" keeps a text, tells it to the others and answers how many there
// are; "shout" is for hosts; "break" and "panic" fail.
func ownActions() signaling.Actions {
	return signaling.Actions{
		"note": {Do: func(ctx context.Context, c *signaling.Call) error {
			var text string
			if err := c.Read("data", &text, "a text"); err != nil {
				return err
			}
			n, err := c.Append(ctx, "notes", 20, text)
			if errors.Is(err, signaling.ErrFull) {
				return signaling.Errorf(signaling.CodeTooLarge, "the notes are full")
			}
			if err != nil {
				return err
			}
			if err := c.Reply(map[string]any{"rev": n}); err != nil {
				return err
			}
			return c.TellOthers(ctx, "noted", map[string]any{"data": text, "n": n})
		}},
		"shout": {HostsOnly: true, Do: func(context.Context, *signaling.Call) error { return nil }},
		"break": {Do: func(context.Context, *signaling.Call) error { return errors.New("the signer is down") }},
		"panic": {Do: func(_ context.Context, c *signaling.Call) error { panic(string(c.Fields["data"])) }}, //nolint:forbidigo // what is tested
	}
}

func TestAnActionCannotTakeANameOfTheProtocols(t *testing.T) {
	do := func(context.Context, *signaling.Call) error { return nil }
	for _, actions := range []signaling.Actions{{"signal": {Do: do}}, {"note": {Do: do}, "ping": {Do: do}}, {"Note": {Do: do}}, {"note": {}}} {
		if err := newConversation(t).native.Serve(actions); err == nil {
			t.Errorf("%v are served", actions)
		}
	}
	if err := newConversation(t).native.Serve(nil); err != nil {
		t.Error(err)
	}
}

func TestTheLogNamesAProjectsOwnActionsAndNothingOfTheClient(t *testing.T) {
	c := newConversation(t)
	var logged bytes.Buffer
	c.handler.Log = slog.New(slog.NewJSONHandler(&logged, nil))
	c.handler.Meter.Service = "stack"
	for _, step := range []string{
		"actions on", "alice connects", "bob connects", `alice > {"action":"join","room":"SECRET-room","peer":"SECRET-alice"}`,
		`bob > {"action":"join","room":"SECRET-room","peer":"SECRET-bob"}`,
	} {
		c.step(strings.SplitN(step, " ", 3))
	}
	for step, want := range map[string]string{
		`alice > {"action":"note","room":"SECRET-room","data":"SECRET"}`:           `"outcome":"ok"`,
		`alice > {"action":"note","room":"SECRET-room","data":["SECRET"]}`:         `"outcome":"bad-request"`,
		`alice > {"action":"note","data":"SECRET"}`:                                `"outcome":"bad-request"`,
		`alice > {"action":"shout","room":"SECRET-room"}`:                          `"outcome":"forbidden"`,
		`alice > {"action":"break","room":"SECRET-room","data":"SECRET"}`:          `"err":"the signer is down"`,
		`alice > {"action":"panic","id":"1","room":"SECRET-room","data":"SECRET"}`: `"err":"the handler of panic panicked with string at actions_test.go:`,
	} {
		logged.Reset()
		c.step(strings.SplitN(step, " ", 3))
		_, rest, _ := strings.Cut(step, `"action":"`)
		action, _, _ := strings.Cut(rest, `"`)
		for _, want := range []string{want, `"action":"` + action + `"`, `"Action":"` + action + `"`} {
			if !strings.Contains(logged.String(), want) {
				t.Errorf("%s: the log lacks %s: %s", step, want, logged.String())
			}
		}
		if strings.Contains(logged.String(), "SECRET") {
			t.Errorf("%s: the log tells a secret: %s", step, logged.String())
		}
	}
}
