package egress_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Whatever client of Node.js a function uses, its connections come here without a word of its own.
func TestNodeIsRedirected(t *testing.T) {
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "elsewhere") }))
	defer elsewhere.Close()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: elsewhere.Certificate().Raw})
	preload, err := filepath.Abs("testdata/a preload.cjs")
	if err != nil {
		t.Fatal(err)
	}
	env, _ := setUp(t, nil, "NODE_OPTIONS", `--require "`+preload+`"`)
	cmd := exec.CommandContext(t.Context(), "node", "testdata/clients.mjs", elsewhere.URL, string(authority))
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, "PATH="+os.Getenv("PATH"))
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, text := range got {
		want := "here /abc/prod/%40connections/a"
		switch name {
		case "another host":
			want = "elsewhere"
		case "variables": // the proxy is not needed, and the function's own preload is there
			want = "undefined  true"
		}
		if text != want {
			t.Errorf("%s: got %q, want %q", name, text, want)
		}
	}
	if len(got) != 15 {
		t.Errorf("got %d answers, want 15", len(got))
	}
}

func TestDirectAddressAnswersForItsHostsOnly(t *testing.T) {
	env, _ := setUp(t, nil)
	var told struct{ Address string }
	if err := json.Unmarshal([]byte(env["LOCALDEV_HOSTS"]), &told); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get("http://" + told.Address)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("got %s for another host", resp.Status)
	}
}
