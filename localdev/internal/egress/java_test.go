package egress_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
)

// Java's own clients get here by the proxy, and trust what the other functions trust.
func TestJavaIsLedHere(t *testing.T) {
	java, err := exec.LookPath("java")
	if err != nil {
		t.Skip("there is no java on PATH, which the project does not require")
	}
	local := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "this machine") }))
	defer local.Close()
	p, addr := serve(t)
	env := map[string]string{"JAVA_TOOL_OPTIONS": "-Dmine=1"}
	if err := p.EnvironJava(env, addr); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(env["JAVA_TOOL_OPTIONS"], " -Dmine=1") {
		t.Errorf("got %s, want the function's own options last", env["JAVA_TOOL_OPTIONS"])
	}
	cmd := exec.CommandContext(t.Context(), java, "-XX:TieredStopAtLevel=1", "testdata/Clients.java", local.URL)
	cmd.Env = []string{"JAVA_TOOL_OPTIONS=" + env["JAVA_TOOL_OPTIONS"]}
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	const here = "here /abc/prod/%40connections/a\n"
	if want := "HttpClient: " + here + "HttpsURLConnection: " + here + "HttpClient without TLS: " + here + "HttpURLConnection: " + here +
		"this machine: this machine\n"; string(out) != want {
		t.Errorf("got %s\nwant %s", out, want)
	}
}

// A proxy for TLS that answers requests without it for its hosts passes on all others.
func TestRequestsWithoutTLSAreForwarded(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host, r.URL) }))
	defer elsewhere.Close()
	_, c := setUp(t, nil)
	if got, want := get(t, c, elsewhere.URL+"/a%20b?c=d"), strings.TrimPrefix(elsewhere.URL, "http://")+"/a%20b?c=d"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := get(t, c, "http://abc.execute-api.us-east-1.amazonaws.com/prod"); got != "here /abc/prod" {
		t.Errorf("got %s", got)
	}
}
