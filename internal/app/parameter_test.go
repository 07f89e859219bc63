package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/app"
)

func TestASecretIsReadFromTheParameterStore(t *testing.T) {
	answers := map[string]string{
		"/app/secret": `{"Parameter":{"Name":"/app/secret","Type":"SecureString","Value":"s3cret"}}`,
		"/app/empty":  `{"Parameter":{"Value":""}}`,
	}
	ssm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		var asked struct {
			Name           string
			WithDecryption bool
		}
		if err := json.Unmarshal(raw, &asked); err != nil || !asked.WithDecryption || r.Header.Get("X-Amz-Target") != "AmazonSSM.GetParameter" ||
			!strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/ssm/aws4_request") || r.Header.Get("X-Amz-Security-Token") != "session" {
			t.Errorf("got %s with %v, %v", raw, r.Header, err)
		}
		answer, ok := answers[asked.Name]
		if !ok {
			w.WriteHeader(http.StatusBadRequest)
			answer = `{"__type":"ParameterNotFound"}`
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(ssm.Close)
	vars := map[string]string{
		"CONNECTIONS_TABLE": "c", "ROOMS_TABLE": "r", "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key", "AWS_SESSION_TOKEN": "session",
		"AWS_ENDPOINT_URL_SSM": ssm.URL,
	}
	a, err := app.New(func(name string) string { return vars[name] })
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ value, parameter, want, fault string }{
		{"", "", "", ""},
		{"itself", "/app/secret", "itself", ""},
		{"", "/app/secret", "s3cret", ""},
		{"", "/app/empty", "", "the parameter /app/empty is empty"},
		{"", "/app/none", "", "ParameterNotFound"},
	} {
		got, err := a.Secret(t.Context(), tt.value, tt.parameter)
		if got != tt.want || (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
			t.Errorf("%+v: got %q, %v", tt, got, err)
		}
	}
	vars["AWS_ENDPOINT_URL_SSM"] = "http://127.0.0.1:1"
	if _, err := a.Secret(t.Context(), "", "/app/secret"); err == nil || !strings.Contains(err.Error(), "/app/secret") {
		t.Errorf("got %v, want an error that names the parameter", err)
	}
}
