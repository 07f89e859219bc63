package door_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/app/door"
)

// TestAShortSecretIsRefusedAtTheStart, wherever it comes from: with one that can be guessed everybody makes tokens.
func TestAShortSecretIsRefusedAtTheStart(t *testing.T) {
	long := strings.Repeat("x", 32)
	ssm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ Name string }
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			t.Error(err)
		}
		value := map[string]string{"/app/long": long, "/app/short": long[1:]}[asked.Name]
		_, _ = fmt.Fprintf(w, `{"Parameter":{"Value":%q}}`, value)
	}))
	t.Cleanup(ssm.Close)
	for _, tt := range []struct{ name, value, fault string }{
		{"AUTH_SECRET", long, ""},
		{"AUTH_SECRET", long[1:], "31 bytes"},
		{"AUTH_SECRET", "secret", "6 bytes"},
		{"AUTH_SECRET_PARAMETER", "/app/long", ""},
		{"AUTH_SECRET_PARAMETER", "/app/short", "31 bytes"},
	} {
		vars := map[string]string{
			"CONNECTIONS_TABLE": "c", "ROOMS_TABLE": "r", "AUTH": "jwt", tt.name: tt.value,
			"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key",
			"AWS_ENDPOINT_URL_SSM": ssm.URL,
		}
		a, err := app.New(func(name string) string { return vars[name] })
		if err != nil {
			t.Fatal(err)
		}
		err = door.Open(t.Context(), a, nil)
		if tt.fault == "" {
			if err != nil || a.Handler.Admission == nil {
				t.Errorf("%s: got %v", tt.name, err)
			}
			continue
		}
		for _, want := range []string{tt.name + ": ", tt.fault, "openssl rand -base64 32"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s of %s: got %v, want %q", tt.name, tt.fault, err, want)
			}
		}
		if err != nil && tt.value != "secret" && strings.Contains(err.Error(), long[1:]) {
			t.Error("the secret is told")
		}
	}
}
