package egress_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
)

// Whatever client of Ruby a function uses, its connections come here.
func TestRubyIsRedirected(t *testing.T) {
	ruby, err := exec.LookPath("ruby")
	if err != nil {
		t.Skip("there is no ruby on PATH, which the project does not require")
	}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "elsewhere") }))
	defer elsewhere.Close()
	env, _ := setUp(t, nil, "RUBYOPT", "-W2")
	cmd := exec.CommandContext(t.Context(), ruby, "testdata/clients.rb", elsewhere.URL)
	for _, name := range []string{"LOCALDEV_HOSTS", "RUBYOPT", "RUBYLIB", "SSL_CERT_FILE"} {
		cmd.Env = append(cmd.Env, name+"="+env[name])
	}
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for _, line := range lines {
		name, got, _ := strings.Cut(line, ": ")
		want := map[string]string{"another host": "elsewhere", "its own option": "true"}[name]
		if want == "" {
			want = "here /abc/prod/%40connections/a"
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if len(lines) != 7 {
		t.Errorf("got %d answers, want 7", len(lines))
	}
}
