package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/parley-rtc/parley/cmd/parley/internal/load"
)

func TestExitCodes(t *testing.T) {
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--help"}, 0, "Exit codes"},
		{nil, 0, "doctor"},
		{[]string{"doctro"}, exitUsage, `no command "doctro"`},
		{[]string{"doctor"}, exitUsage, "usage: parley doctor URL"},
		{[]string{"doctor", "--tokn", "x"}, exitUsage, "unknown flag: --tokn"},
		{[]string{"load", "wss://example.org/prod"}, exitUsage, "not on this machine"},
		{[]string{"load", "ws://127.0.0.1:1/prod", "--pairs", "0"}, exitUsage, "at least one pair"},
		{[]string{"load", "ws://127.0.0.1:1/prod"}, exitFailed, "refused"},
		{[]string{"token", "--sub", "a"}, exitUsage, "AUTH_SECRET"},
		{[]string{"completion", "bash"}, 0, "complete -o default"},
	} {
		code, out, complaints := parley(t, tt.args...)
		if code != tt.code || !strings.Contains(out+complaints, tt.want) {
			t.Errorf("%v: got %d and %s%s, want %d and %q", tt.args, code, out, complaints, tt.code, tt.want)
		}
	}
}

func TestATokenThatIsMintedOpensTheService(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, complaints := parley(t, "token", "--secret-file", file, "--sub", "me", "--peer", "doctor-*", "--rooms", "team-*,x", "--role", "host", "--ttl", "5m",
		"--issuer", "us", "--audience", "parley")
	if code != 0 {
		t.Fatalf("got %d %s", code, complaints)
	}
	minted := strings.TrimSpace(out)
	var claims jwt.MapClaims
	if _, err := jwt.ParseWithClaims(minted, &claims, func(*jwt.Token) (any, error) { return []byte(secret), nil }); err != nil ||
		claims["role"] != "host" || claims["iss"] != "us" {
		t.Fatalf("got %v, %v", claims, err)
	}
	url := startService(t, env("AUTH", "jwt", "AUTH_SECRET", secret, "AUTH_ISSUER", "us", "AUTH_AUDIENCE", "parley"))
	if code, out, _ := parley(t, "doctor", url, "--token", minted, "--timeout", patience.String()); code != 0 {
		t.Errorf("the doctor says\n%s", out)
	}
	if code, _, complaints := parley(t, "token", "--sub", "me", "--rooms", "*", "--secret-file", os.DevNull); code != exitUsage || !strings.Contains(complaints, "no secret") {
		t.Errorf("got %d %s", code, complaints)
	}
}

func TestATokenSaysWhoOpensARoomAndHowLarge(t *testing.T) {
	t.Setenv("AUTH_SECRET", secret)
	mint := func(flags ...string) jwt.MapClaims {
		t.Helper()
		code, out, complaints := parley(t, append([]string{"token", "--sub", "me", "--rooms", "*"}, flags...)...)
		var claims jwt.MapClaims
		if _, _, err := jwt.NewParser().ParseUnverified(strings.TrimSpace(out), &claims); code != 0 || err != nil {
			t.Fatalf("got %d %s, %v", code, complaints, err)
		}
		return claims
	}
	if claims := mint(); claims["create"] != nil || claims["seats"] != nil {
		t.Errorf("got %v", claims)
	}
	if claims := mint("--create=false", "--seats", "4"); claims["create"] != false || claims["seats"] != 4.0 {
		t.Errorf("got %v", claims)
	}
	for _, seats := range []string{"251", "-1"} {
		if code, _, complaints := parley(t, "token", "--sub", "me", "--rooms", "*", "--seats", seats); code != exitUsage || !strings.Contains(complaints, "1 to 250") {
			t.Errorf("%s seats: got %d %s", seats, code, complaints)
		}
	}
}

func TestLoadCountsWhatArrives(t *testing.T) {
	url := startService(t, nil)
	code, out, complaints := parley(t, "load", url, "--pairs", "3", "--rate", "100", "--duration", "2s", "--timeout", patience.String(), "--json")
	var r load.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 || r.Sent == 0 || r.Received != r.Sent || r.Lost+r.Doubled+r.Failed != 0 || r.P50 <= 0 || r.P99 < r.P50 {
		t.Errorf("got %d, %+v, %v\n%s", code, r, err, complaints)
	}
}

func TestDoctorTellsInJSON(t *testing.T) {
	code, out, _ := parley(t, "doctor", "wss://127.0.0.1:1/x", "--json")
	var last struct {
		OK      bool
		Setting string
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || code != exitProblem || last.OK || last.Setting != "address" {
		t.Errorf("got %d, %+v, %v in %s", code, last, err, out)
	}
}
