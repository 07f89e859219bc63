package app_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/signaling"
)

func parse(vars map[string]string) (app.Config, error) {
	all := map[string]string{"CONNECTIONS_TABLE": "c", "ROOMS_TABLE": "r"}
	for k, v := range vars {
		all[k] = v
	}
	return app.Parse(func(name string) string { return all[name] })
}

func TestDefaults(t *testing.T) {
	got, err := parse(nil)
	want := app.Config{
		ConnectionsTable: "c", RoomsTable: "r", Seats: 16, Grace: 30 * time.Second, Auth: app.Auth{Mode: "none"}, ICE: signaling.ICE{TTL: 12 * time.Hour}, Metrics: true, Service: "parley",
		Limits: signaling.Limits{Rate: 50, Burst: 500, Joins: 300, Rooms: 16, Message: 131072, PeerData: 4096}, Hold: 250 * time.Millisecond,
		Dialects: app.AllDialects(), PeerJSKey: "peerjs", Recipes: app.Recipes{"*": "auto"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("%v (-want +got)\n%s", err, diff)
	}
}

func TestSettings(t *testing.T) {
	got, err := parse(map[string]string{
		"AUTH": "jwt", "AUTH_SECRET_PARAMETER": "/p/secret", "AUTH_ISSUER": "i", "AUTH_AUDIENCE": "a", "HOST": "first", "LOBBY": "on",
		"ALLOWED_ORIGINS": "https://a.example, http://localhost:8080,", "TURN_SECRET_PARAMETER": "/p/turn", "ROOM_SEATS": "250", "GRACE": "0", "LOG_LEVEL": "debug",
		"ICE_SERVERS": `[{"urls":"stun:a"},{"urls":["turn:b","turn:c"],"username":"u","credential":"p"}]`,
		"TURN_URLS":   "turn:x, turns:y", "TURN_SECRET": "s", "TURN_TTL": "60",
		"METRICS": "off", "SERVICE": "calls", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "BUDGET_USD": "7.50",
		"MESSAGE_RATE": "5", "MESSAGE_BURST": "9", "JOINS_PER_MINUTE": "0", "ROOMS_PER_CONNECTION": "1", "MAX_MESSAGE": "32768", "MAX_PEER_DATA": "0", "HOLD_CANDIDATES": "0",
		"DIALECTS": "peerjs", "PEERJS_KEY": "mine", "MESSAGE_FUNCTION": "calls-MessageFunction-X",
		"SOCKETIO_RECIPE": "/chat=group", "LAMBDA_TASK_ROOT": "/var/task",
		"SIP_DOMAIN": "calls.example", "SIP_USERS_PARAMETER": "/p/users",
	})
	want := app.Config{
		ConnectionsTable: "c", RoomsTable: "r", Seats: 250, LogLevel: slog.LevelDebug,
		Auth:       app.Auth{Mode: "jwt", SecretParameter: "/p/secret", Issuer: "i", Audience: "a"},
		FirstHosts: true, Lobby: true, Origins: []string{"https://a.example", "http://localhost:8080"}, TURNSecretParameter: "/p/turn",
		Service: "calls", MemoryMB: 256, BudgetUSD: 7.5,
		Limits:   signaling.Limits{Rate: 5, Burst: 9, Rooms: 1, Message: 32768},
		Dialects: []string{"parley", "peerjs"}, PeerJSKey: "mine", MessageFunction: "calls-MessageFunction-X",
		Recipes: app.Recipes{"/chat": "group"}, TaskRoot: "/var/task",
		SIP: app.SIP{Domain: "calls.example", UsersParameter: "/p/users"},
		ICE: signaling.ICE{
			Servers: []signaling.ICEServer{{URLs: []string{"stun:a"}}, {URLs: []string{"turn:b", "turn:c"}, Username: "u", Credential: "p"}},
			TURN:    []string{"turn:x", "turns:y"}, Secret: "s", TTL: time.Minute,
		},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("%v (-want +got)\n%s", err, diff)
	}
}

func TestWrongSettingsAreNamed(t *testing.T) {
	for _, vars := range []map[string]string{
		{"CONNECTIONS_TABLE": ""},
		{"ROOMS_TABLE": ""},
		{"AUTH": "jwt"},
		{"AUTH": "basic"},
		{"AUTH": "jwt", "AUTH_SECRET": "s", "AUTH_JWKS_URL": "https://example.org"},
		{"ALLOWED_ORIGINS": "example.org"},
		{"ALLOWED_ORIGINS": "https://example.org/"},
		{"ALLOWED_ORIGINS": "*"},
		{"HOST": "last"},
		{"LOBBY": "yes"},
		{"LOBBY": "on"},
		{"LOBBY": "on", "HOST": "token", "AUTH": "none"},
		{"ROOM_SEATS": "0"},
		{"ROOM_SEATS": "251"},
		{"ROOM_SEATS": "many"},
		{"GRACE": "-1"},
		{"GRACE": "3601"},
		{"GRACE": "30s"},
		{"MESSAGE_RATE": "-1"},
		{"MESSAGE_RATE": "10001"},
		{"MESSAGE_RATE": "0.5"},
		{"MESSAGE_BURST": "0"},
		{"JOINS_PER_MINUTE": "1/s"},
		{"ROOMS_PER_CONNECTION": "251"},
		{"MAX_MESSAGE": "131073"},
		{"MAX_PEER_DATA": "4 KB"},
		{"HOLD_CANDIDATES": "2001"},
		{"LOG_LEVEL": "loud"},
		{"ICE_SERVERS": "stun:a"},
		{"ICE_SERVERS": `[{"urls":[]}]`},
		{"ICE_SERVERS": `[{"urls":["http://a"]}]`},
		{"ICE_SERVERS": `[{"urls":"turn:a","username":"u"}]`},
		{"TURN_URLS": "stun:a", "TURN_SECRET": "s"},
		{"TURN_URLS": "turn:a"},
		{"TURN_URLS": "turn://a", "TURN_SECRET": "s"},
		{"TURN_TTL": "-1"},
		{"METRICS": "yes"},
		{"DIALECTS": "xmpp"},
		{"PEERJS_KEY": "a b"},
		{"SIP_DOMAIN": "a b"},
		{"SIP_USERS": "alice"},
		{"MESSAGE_FUNCTION": "a/b"},
		{"SERVICE": strings.Repeat("s", 256)},
		{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "much"},
		{"BUDGET_USD": "-1"},
		{"BUDGET_USD": "NaN"},
		{"BUDGET_USD": "$5"},
	} {
		_, err := parse(vars)
		for name := range vars {
			if err == nil || len(vars) == 1 && !strings.Contains(err.Error(), name) {
				t.Errorf("%v: got %v", vars, err)
			}
		}
	}
}

func TestTheServiceIsTheStackOfTheFunction(t *testing.T) {
	for function, want := range map[string]string{
		"calls-ConnectFunction-1A2B3C": "calls", "my-calls-MessageFunction-X": "my-calls", "localdev-DisconnectFunction": "localdev",
		"-Message": "parley", "other": "parley", "": "parley",
	} {
		got, err := parse(map[string]string{"AWS_LAMBDA_FUNCTION_NAME": function})
		if err != nil || got.Service != want {
			t.Errorf("%s: got %q, %v, want %q", function, got.Service, err, want)
		}
	}
}
