package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/gateway"
)

// recorded returns one of the events in the folder events, as API Gateway sends it.
func recorded(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "events", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func decode(t testing.TB, raw []byte) gateway.Event {
	t.Helper()
	e, _, err := inLambda(t, raw, gateway.Response{})
	if err != nil {
		t.Fatal(err)
	}
	return *e
}

func TestRecordedEventsDriveACall(t *testing.T) {
	c := newConversation(t)
	resp, err := c.handler.Connect(t.Context(), decode(t, recorded(t, "connect.json")))
	if err != nil || resp.StatusCode != 200 || resp.Subprotocol != "parley.v1" {
		t.Fatalf("got %+v, %v", resp, err)
	}
	if _, err := c.handler.Message(t.Context(), decode(t, recorded(t, "message-join.json"))); err != nil {
		t.Fatal(err)
	}
	room, err := c.store.Room(t.Context(), "demo", c.now, true)
	if err != nil || len(room.Peers) != 1 || room.Peers[0].Conn != "S5Rqye8IoAMCJQg=" || room.Peers[0].Joined.UnixMilli() != 1935410310241 {
		t.Fatalf("got %+v, %v", room, err)
	}
	if _, err := c.handler.Disconnect(t.Context(), decode(t, recorded(t, "disconnect.json"))); err != nil {
		t.Fatal(err)
	}
	room, err = c.store.Room(t.Context(), "demo", c.now, true)
	if err != nil || len(room.Peers) != 0 {
		t.Fatalf("got %+v, %v", room, err)
	}
}

func TestNothingOfAClientReachesTheLog(t *testing.T) {
	for name, level := range map[string]slog.Level{"info": slog.LevelInfo, "debug": slog.LevelDebug} {
		for _, service := range []string{"", "stack"} { // without metrics and with them
			t.Run(strings.TrimSpace(name+" "+service), func(t *testing.T) {
				c := newConversation(t)
				c.handler.Meter.Service = service
				var logged bytes.Buffer
				c.handler.Log = slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: level}))
				c.recorder.Fail("stalled") // its pushes are our failure, with all that the log then says
				for _, step := range []string{
					"alice connects parley.v1, parley.token.SECRET", "bob connects", "stalled connects", "eve connects SECRET",
					"yan connects ?dialect=y-webrtc&token=SECRET", `yan > {"type":"subscribe","topics":["SECRET-topic","SECRET-other"]}`,
					`stalled > {"type":"subscribe","topics":["SECRET-topic"]}`, `yan > {"type":"publish","topic":"SECRET-topic","data":"SECRET"}`,
					`yan > {"type":"SECRET"}`, `yan > SECRET`, `yan > {"type":"subscribe","topics":"SECRET"}`, `yan > {"type":"unsubscribe","topics":["SECRET-topic"]}`,
					`alice > {"action":"join","room":"SECRET-room","peer":"SECRET-alice","data":"SECRET"}`,
					`bob > {"action":"join","room":"SECRET-room","peer":"SECRET-bob"}`, `stalled > {"action":"join","room":"SECRET-room","peer":"SECRET-stalled"}`,
					`alice > {"action":"join","room":"SECRET-room","peer":"SECRET-other"}`, `eve > {"action":"join","room":"SECRET-room","peer":"SECRET-bob"}`,
					`alice > {"action":"signal","room":"SECRET-room","to":"SECRET-bob","data":{"sdp":"SECRET"}}`,
					`alice > {"action":"signal","room":"SECRET-room","to":"SECRET-stalled","data":{"candidate":"SECRET"}}`,
					`alice > {"action":"signal","room":"SECRET-room","to":"SECRET-nobody","data":1}`, `alice > {"action":"kick","room":"SECRET-room","peer":"SECRET-bob","reason":"SECRET"}`,
					`alice > SECRET`, `alice > {"action":"SECRET"}`, `alice > {"action":"join","room":"SECRET room"}`,
					`alice > {"action":"signal","room":"SECRET-room","to":"SECRET-bob","address":"SECRET","data":1}`,
					"bob vanishes", `alice > {"action":"broadcast","room":"SECRET-room","data":"SECRET"}`, `alice > {"action":"leave","room":"SECRET-room"}`, "alice disconnects",
				} {
					c.step(strings.SplitN(step, " ", 3))
				}
				if !strings.Contains(logged.String(), "message failed") || strings.Contains(logged.String(), "SECRET") {
					t.Fatalf("the log lacks the failure or tells a secret:\n%s", logged.String())
				}
			})
		}
	}
}

func TestErrorsTellNoAddresses(t *testing.T) {
	c := newConversation(t)
	var logged bytes.Buffer
	c.handler.Log = slog.New(slog.NewJSONHandler(&logged, nil))
	c.handler.Admission = &door{err: errors.New("dial tcp 192.0.2.7:443: i/o timeout, dial tcp [2001:db8::7]:443: connect: refused")}
	if _, err := c.handler.Connect(t.Context(), c.event("$connect", "conn")); err != nil {
		t.Fatal(err)
	}
	if got := logged.String(); !strings.Contains(got, "i/o timeout") || strings.Contains(got, "192.0.2.7") || strings.Contains(got, "2001:db8") {
		t.Errorf("got %s", got)
	}
}

func FuzzEvent(f *testing.F) {
	for _, name := range []string{"connect.json", "message-join.json", "disconnect.json"} {
		f.Add(recorded(f, name))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var e gateway.Event
		if json.Unmarshal(raw, &e) != nil {
			return // what is no event never reaches the handler
		}
		c := newConversation(t)
		for _, handle := range []func(context.Context, gateway.Event) (gateway.Response, error){
			c.handler.Connect, c.handler.Message, c.handler.Disconnect,
		} {
			long := len(e.RequestContext.ConnectionID) > 255 // of no API Gateway's making
			if resp, err := handle(t.Context(), e); err != nil || resp.StatusCode != 200 && resp.StatusCode != 400 && !long {
				t.Fatalf("got %+v, %v", resp, err)
			}
		}
	})
}
