package infra_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/parley-rtc/parley/infra"
	"github.com/parley-rtc/parley/localdev/emulator"
)

// TestLocaldevBuildsWhatIsDeployed: lambda.norpc localdev adds by itself.
func TestLocaldevBuildsWhatIsDeployed(t *testing.T) {
	args := infra.GoBuild()
	tags := []any{}
	for tag := range strings.SplitSeq(args[slices.Index(args, "-tags")+1], ",") {
		if tag != "lambda.norpc" {
			tags = append(tags, tag)
		}
	}
	metadata, _ := template(t, map[string]any{"auth": "none"})["Metadata"].(map[string]any)
	if diff := cmp.Diff(map[string]any{"BuildTags": tags}, metadata["localdev"]); diff != "" {
		t.Error(diff)
	}
}

// TestTheStackRunsInLocaldev lets two peers meet over what was synthesised.
func TestTheStackRunsInLocaldev(t *testing.T) {
	folder, err := synth(t, map[string]any{"auth": "none", "stage": "live", "frontDoor": "true"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // the first of all compiles
	defer cancel()
	e, err := emulator.Start(ctx, emulator.Options{Template: folder})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	if filepath.Base(e.APIs[0].URL) != "live" {
		t.Errorf("got the URL %s", e.APIs[0].URL)
	}
	say := func(c *websocket.Conn, frame string) {
		t.Helper()
		if err := c.Write(ctx, websocket.MessageText, []byte(frame)); err != nil {
			t.Fatal(err)
		}
	}
	hear := func(c *websocket.Conn, want ...string) {
		t.Helper()
		_, got, err := c.Read(ctx)
		for _, w := range want {
			if err != nil || !strings.Contains(string(got), w) {
				t.Fatalf("got %s, %v, want %s", got, err, w)
			}
		}
	}
	dial := func(url string) *websocket.Conn {
		t.Helper()
		c, _, err := websocket.Dial(ctx, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.CloseNow() })
		return c
	}
	alice, bob := dial(e.APIs[0].URL), dial("ws://"+e.Addr+"/through/the/front/door")
	say(alice, `{"action":"join","room":"r","peer":"alice"}`)
	hear(alice, `"type":"joined"`, `"rev":1`)
	say(bob, `{"action":"join","room":"r","peer":"bob"}`)
	hear(bob, `"type":"joined"`, `"peer":"alice"`)
	hear(alice, `"type":"peer-joined"`, `"peer":"bob"`)
	say(bob, `{"action":"signal","room":"r","to":"alice","data":"hello"}`)
	hear(alice, `"type":"signal"`, `"from":"bob"`, `"hello"`)
	_ = bob.Close(websocket.StatusNormalClosure, "")
	hear(alice, `"bob"`)
}
