package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/sip/digest"
)

func TestTheDomainOfSIPIsAHost(t *testing.T) {
	longest := strings.Repeat(strings.Repeat("a", 62)+".", 4) + "b"
	for value, want := range map[string]string{"": "", "calls.example": "calls.example", "Calls.EXAMPLE": "calls.example", "x": "x", "10.0.0.1": "10.0.0.1", longest: longest} {
		if got, err := parse(map[string]string{"SIP_DOMAIN": value}); err != nil || got.SIP.Domain != want {
			t.Errorf("%q: got %q, %v", value, got.SIP.Domain, err)
		}
	}
	for _, value := range []string{
		" ", "calls.example ", "sip:calls.example", "calls.example:5060", "alice@calls.example", "calls..example", "calls.example.",
		".example", "-a.example", "a-.example", "ä.example", "[::1]", `a"b`, "a b", strings.Repeat("a", 64), longest + "b",
	} {
		if _, err := parse(map[string]string{"SIP_DOMAIN": value}); err == nil || !strings.Contains(err.Error(), "SIP_DOMAIN") {
			t.Errorf("%q: got %v", value, err)
		}
	}
}

func TestUsersOfSIPAreInOnePlace(t *testing.T) {
	got, err := parse(map[string]string{"SIP_USERS": `{"alice":"s3cret"}`})
	if err != nil || len(got.SIP.Users) != 1 {
		t.Errorf("got %v, %v", got.SIP.Users, err)
	}
	for words, vars := range map[string]map[string]string{
		"want one of them":   {"SIP_USERS": `{"a":"b"}`, "SIP_USERS_PARAMETER": "/app/users"},
		"SIP_USERS: want":    {"SIP_USERS": `s3cret`},
		"set SIP_DOMAIN":     {"SIP_USERS": `{"alice":"` + digest.Entry("alice", "calls.example", "s3cret") + `"}`},
		"SIP_USERS: alice: ": {"SIP_USERS": `{"alice":"ha1:s3cret"}`, "SIP_DOMAIN": "calls.example"},
	} {
		if _, err := parse(vars); err == nil || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v: got %v", vars, err)
		}
	}
}

// TestUsersOfAParameterAreReadByWhoNeedsThem: by the first, and again as long as that fails.
func TestUsersOfAParameterAreReadByWhoNeedsThem(t *testing.T) {
	entry := digest.Entry("alice", "calls.example", "s3cret")
	var reads atomic.Int32
	answers := []string{"", "s3cret", `{}`, `{"alice":"ha1:s3cret"}`, `{"alice":"` + entry + `"}`}
	ssm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil || !strings.Contains(string(raw), `"/app/users"`) {
			t.Errorf("asked is %s, %v", raw, err)
		}
		n := min(int(reads.Add(1)), len(answers)) - 1
		if err := json.NewEncoder(w).Encode(map[string]any{"Parameter": map[string]string{"Value": answers[n]}}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(ssm.Close)
	vars := map[string]string{
		"CONNECTIONS_TABLE": "c", "ROOMS_TABLE": "r", "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key",
		"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_SSM": ssm.URL,
		"SIP_DOMAIN": "calls.example", "SIP_USERS_PARAMETER": "/app/users",
	}
	a, err := app.New(func(name string) string { return vars[name] })
	if err != nil {
		t.Fatal(err)
	}
	users := app.SIPUsers(a)
	if n := reads.Load(); n != 0 {
		t.Errorf("the parameter was read %d times for nobody", n)
	}
	for range len(answers) - 1 {
		_, err := users(t.Context())
		if err == nil || !strings.HasPrefix(err.Error(), "SIP_USERS_PARAMETER: ") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("got %v", err)
		}
	}
	for range 3 {
		if got, err := users(t.Context()); err != nil || len(got) != 1 {
			t.Errorf("got %v, %v", got, err)
		}
	}
	if n := int(reads.Load()); n != len(answers) {
		t.Errorf("the parameter was read %d times, want %d", n, len(answers))
	}
}
