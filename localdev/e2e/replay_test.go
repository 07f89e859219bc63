package e2e_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/emulator"
	"github.com/parley-rtc/parley/localdev/internal/replay"
)

// emulate runs Parley with other options than start does.
func emulate(t *testing.T, opt emulator.Options) *emulator.Emulator {
	t.Helper()
	opt.Template = "../../template.yaml"
	opt.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	e, err := emulator.Start(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// recordCall records two peers who meet, signal by address, and part.
func recordCall(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "call.jsonl")
	e := emulate(t, emulator.Options{Record: path})
	alice, bob := dial(t, e.APIs[0].URL), dial(t, e.APIs[0].URL+"?from=home")
	alice.join("r", "alice")
	address := bob.join("r", "bob").Peers[0].Address
	toBob := alice.next("peer-joined").Address
	bob.send(`{"action":"signal","room":"r","to":"alice","address":%q,"data":{"sdp":"<offer>"},"n":1}`, address)
	alice.next("signal")
	alice.send(`{"action":"signal","id":"1","room":"r","to":"bob","address":%q,"data":1}`, toBob)
	bob.next("signal")
	alice.next("ok")
	bob.send(`{"action":"leave","id":"2","room":"r"}`)
	bob.next("ok")
	alice.next("peer-left")
	bob.close()
	alice.send(`{"action":"roster","room":"r"}`)
	alice.next("roster")
	e.Close()
	return path
}

func again(t *testing.T, path string, limit time.Duration, env map[string]string) (replay.Result, string) {
	t.Helper()
	session, err := replay.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	e := emulate(t, emulator.Options{Env: env})
	result, err := session.Replay(t.Context(), replay.Target{URLs: []string{e.APIs[0].URL}, Out: &out, Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	return result, out.String()
}

func TestReplayOfACall(t *testing.T) {
	t.Parallel() // most of the time it waits for what does not come
	path := recordCall(t)
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("got %v (%v), want a file that only its owner reads", info, err)
	}
	recording, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(recording[:bytes.IndexByte(recording, '\n')]), "tokens") {
		t.Errorf("no warning in the first line of\n%s (%v)", recording, err)
	}
	t.Run("the same functions", func(t *testing.T) {
		result, differences := again(t, path, patience, nil)
		result.Took = 0
		// 2 handshakes, 2 joined, a peer-joined, 2 signals, 2 ok, a peer-left, a roster
		if want := (replay.Result{Connections: 2, Sent: 6, Expected: 11}); result != want {
			t.Errorf("got %+v, want %+v\n%s\n%s", result, want, differences, recording)
		}
	})
	t.Run("other functions", func(t *testing.T) {
		result, differences := again(t, path, 5*time.Second, map[string]string{"ROOM_SEATS": "1"})
		for _, want := range []string{
			`connection 2, line `, `expected {"type":"joined",`, `got {"type":"error",`, `expected {"type":"peer-joined",`,
			`got nothing`,
		} {
			if result.Differences == 0 || !strings.Contains(differences, want) {
				t.Errorf("%s is not in\n%s", want, differences)
			}
		}
	})
}
