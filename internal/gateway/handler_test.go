package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
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
	var e gateway.Event
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRecordedEventsDriveACall(t *testing.T) {
	c := newConversation(t)
	resp, err := c.handler.Connect(t.Context(), decode(t, recorded(t, "connect.json")))
	if err != nil || resp.StatusCode != 200 || resp.Headers["Sec-WebSocket-Protocol"] != "parley.v1" {
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
	c := newConversation(t)
	var logged bytes.Buffer
	c.handler.Log = slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelInfo}))
	for _, step := range []string{
		"alice connects parley.v1, parley.token.SECRET", "bob connects", `alice > {"action":"join","room":"r","peer":"alice","data":"SECRET"}`,
		`bob > {"action":"join","room":"r","peer":"bob"}`, `alice > {"action":"signal","room":"r","to":"bob","data":{"sdp":"SECRET"}}`,
		`alice > SECRET`, `alice > {"action":"SECRET"}`, `alice > {"action":"signal","room":"r","to":"bob","address":"SECRET","data":1}`,
		"bob vanishes", `alice > {"action":"broadcast","room":"r","data":"SECRET"}`, "alice disconnects",
	} {
		c.step(strings.SplitN(step, " ", 3))
	}
	if logged.Len() == 0 || strings.Contains(logged.String(), "SECRET") {
		t.Fatalf("the log is empty or tells a secret:\n%s", logged.String())
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
			if resp, err := handle(t.Context(), e); err != nil || resp.StatusCode != 200 && resp.StatusCode != 400 {
				t.Fatalf("got %+v, %v", resp, err)
			}
		}
	})
}
