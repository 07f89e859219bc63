package egress_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
)

// Whatever client of Python a function uses, its connections come here: without the proxy and the
// authorities that variables name, too.
func TestPythonIsRedirected(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 on PATH, which the project does not require")
	}
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "elsewhere") }))
	defer elsewhere.Close()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: elsewhere.Certificate().Raw})
	own, err := filepath.Abs("testdata/python")
	if err != nil {
		t.Fatal(err)
	}
	env, _ := setUp(t, nil, "PYTHONPATH", own, "PYTHONDONTWRITEBYTECODE", "1")
	cmd := exec.CommandContext(t.Context(), python, "testdata/clients.py", elsewhere.URL, string(authority))
	for _, name := range []string{"LOCALDEV_HOSTS", "HTTPS_PROXY", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"} {
		cmd.Env = append(cmd.Env, name+"="+env[name])
	}
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, answer := range got {
		want := any("here /abc/prod/%40connections/a")
		switch name {
		case "another host":
			want = "elsewhere"
		case "aiohttp's other resolver":
			want = []any{false, false}
		case "aiohttp's other resolver, another host":
			want = []any{true, true}
		case "the proxy":
			want = nil
		case "another port":
			want = 9.0
		case "the next sitecustomize":
			want = []any{"sitecustomize", 1.0}
		}
		if !reflect.DeepEqual(answer, want) {
			t.Errorf("%s: got %v, want %v", name, answer, want)
		}
	}
	if len(got) != 16 {
		t.Errorf("got %d answers, want 16", len(got))
	}
}
