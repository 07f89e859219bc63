package main

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/client/go/wire"
	"github.com/parley-rtc/parley/cmd/parley/internal/service"
)

func TestOperatorsSeeRoomsAndKick(t *testing.T) {
	url := startService(t, nil)
	where := "http" + strings.TrimSuffix(strings.TrimPrefix(url, "ws"), "/prod")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	peers := map[string]*wire.Conn{}
	for _, name := range []string{"alice", "bob"} {
		p, err := wire.Dial(ctx, url, wire.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if _, err := p.Request(ctx, map[string]any{"action": "join", "room": "blue", "peer": name}); err != nil {
			t.Fatal(err)
		}
		peers[name] = p
	}
	code, out, complaints := parley(t, "rooms", "--local", where, "--json")
	var rooms []service.Room
	if err := json.Unmarshal([]byte(out), &rooms); err != nil || code != 0 || len(rooms) != 1 || rooms[0].Name != "blue" || rooms[0].Rev != 2 || len(rooms[0].Peers) != 2 {
		t.Fatalf("got %d %s %s", code, out, complaints)
	}
	if code, out, _ := parley(t, "rooms", "--local", where); code != 0 || !strings.Contains(out, "blue  2      0     2    false") {
		t.Errorf("got %d\n%s", code, out)
	}
	if code, out, _ := parley(t, "peers", "blue", "--local", where); code != 0 || !strings.Contains(out, "alice") || !strings.Contains(out, rooms[0].Peers[1].Connection) {
		t.Errorf("got %d\n%s", code, out)
	}
	if code, _, complaints := parley(t, "kick", "blue", "bob", "--reason", "noise", "--local", where); code != 0 {
		t.Fatalf("got %d %s", code, complaints)
	}
	if f, err := peers["bob"].Wait(ctx, "kicked"); err != nil || f.Reason != "noise" {
		t.Errorf("got %+v, %v", f, err)
	}
	if f, err := peers["alice"].Wait(ctx, "peer-left"); err != nil || f.Peer != "bob" || f.Reason != "kicked" || f.Rev != 3 {
		t.Errorf("got %+v, %v", f, err)
	}
	// Bob was in no other room; alice is, and goes on there.
	if _, err := peers["alice"].Request(ctx, map[string]any{"action": "join", "room": "green-room", "peer": "alice"}); err != nil {
		t.Fatal(err)
	}
	if code, _, complaints := parley(t, "kick", "blue", "alice", "--local", where); code != 0 {
		t.Fatalf("got %d %s", code, complaints)
	}
	if f, err := peers["alice"].Wait(ctx, "kicked"); err != nil || f.Room != "blue" {
		t.Errorf("got %+v, %v", f, err)
	}
	if _, err := peers["alice"].Request(ctx, map[string]any{"action": "roster", "room": "green-room"}); err != nil {
		t.Errorf("who is kicked out of one of two rooms cannot act in the other: %v", err)
	}
	if _, err := peers["bob"].Request(ctx, map[string]any{"action": "ping"}); err == nil {
		t.Error("who is kicked out of the only room is still connected")
	}
	for _, args := range [][]string{{"kick", "blue", "bob"}, {"peers", "green"}} {
		if code, _, complaints := parley(t, append(args, "--local", where)...); code != exitFailed || !strings.Contains(complaints, "there is no such") {
			t.Errorf("%v: got %d %s", args, code, complaints)
		}
	}
	if code, _, complaints := parley(t, "rooms"); code != exitUsage || !strings.Contains(complaints, "--stack") {
		t.Errorf("got %d %s", code, complaints)
	}

	code, out, complaints = parley(t, "tail", "--local", where, "--once")
	if code != 0 || !strings.Contains(out, "INFO  message  join  ok") || strings.Contains(out, "START") || strings.Contains(out, "blue") {
		t.Errorf("got %d %s\n%s", code, complaints, out)
	}
	if code, out, _ := parley(t, "tail", "--local", where, "--once", "--json"); code != 0 || !strings.Contains(out, `"action":"join"`) {
		t.Errorf("got %d\n%s", code, out)
	}
}

func TestOperatorsTellWhoIsLostFromWhoIsThere(t *testing.T) {
	url := startService(t, nil)
	where := "http" + strings.TrimSuffix(strings.TrimPrefix(url, "ws"), "/prod")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var peers []*wire.Conn
	for _, name := range []string{"alice", "bob"} {
		p, err := wire.Dial(ctx, url, wire.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if _, err := p.Request(ctx, map[string]any{"action": "join", "room": "grey", "peer": name}); err != nil {
			t.Fatal(err)
		}
		peers = append(peers, p)
	}
	peers[1].Close()
	if _, err := peers[0].Wait(ctx, "peer-lost"); err != nil {
		t.Fatal(err)
	}
	var room service.Room
	_, out, _ := parley(t, "peers", "grey", "--local", where, "--json")
	err := json.Unmarshal([]byte(out), &room)
	if err != nil || len(room.Peers) != 2 || !room.Peers[0].Lost.IsZero() || room.Peers[1].Lost.IsZero() {
		t.Errorf("got %v, %s", err, out)
	}
	listed := regexp.MustCompile(`(?m)^alice .* - .*\nbob .* (seat kept until|gone since) `)
	if _, out, _ := parley(t, "peers", "grey", "--local", where); !listed.MatchString(out) {
		t.Errorf("got\n%s", out)
	}
	if _, out, _ := parley(t, "rooms", "--local", where); !strings.Contains(out, "grey  1      1 ") {
		t.Errorf("got\n%s", out)
	}
}
