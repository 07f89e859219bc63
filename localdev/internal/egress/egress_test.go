package egress_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-rtc/parley/localdev/internal/egress"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a proxy that answers for one API, and returns it with its address.
func serve(t *testing.T) (p *egress.Proxy, addr string) {
	t.Helper()
	p, err := egress.New(egress.Options{
		Hosts: map[string]string{"abc.execute-api.us-east-1.amazonaws.com": "/abc"}, Region: "us-east-1",
		Log: slog.New(slog.DiscardHandler), CacheDir: t.TempDir(),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "here %s", r.URL.EscapedPath())
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	t.Cleanup(func() {
		p.Close()
		server.Close()
	})
	return p, server.Listener.Addr().String()
}

// setUp returns the variables of a proxy beside own ones, names and values, and a client that uses
// it and trusts the authorities in the file that they name.
func setUp(t *testing.T, more *x509.Certificate, own ...string) (map[string]string, *http.Client) {
	t.Helper()
	env := map[string]string{"NO_PROXY": "own"}
	for i := 0; i < len(own); i += 2 {
		env[own[i]] = own[i+1]
	}
	var bundle []byte
	t.Cleanup(func() { // after the proxy is closed
		if left, _ := os.ReadFile(env["SSL_CERT_FILE"]); bytes.Equal(left, bundle) {
			t.Error("the bundle is left")
		}
	})
	p, addr := serve(t)
	p.Environ(env, addr)
	var err error
	if bundle, err = os.ReadFile(env["SSL_CERT_FILE"]); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(bundle) {
		t.Fatal("the bundle holds no authority")
	}
	if more != nil {
		roots.AddCert(more)
	}
	proxy, err := url.Parse(env["HTTPS_PROXY"])
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	return env, &http.Client{Transport: transport}
}

func get(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestHostsOfAWSAreAnsweredHere(t *testing.T) {
	env, c := setUp(t, nil)
	if got := get(t, c, "https://abc.execute-api.us-east-1.amazonaws.com/prod/%40connections/a%3D"); got != "here /abc/prod/%40connections/a%3D" {
		t.Errorf("got %s", got)
	}
	if env["NO_PROXY"] != "own" || env["NODE_EXTRA_CA_CERTS"] != env["SSL_CERT_FILE"] {
		t.Errorf("got %v", env)
	}
}

func TestOthersAreTunnelled(t *testing.T) {
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "elsewhere") }))
	defer elsewhere.Close()
	_, c := setUp(t, elsewhere.Certificate())
	if got := get(t, c, elsewhere.URL); got != "elsewhere" {
		t.Errorf("got %s", got)
	}
}

func TestNoOpenProxy(t *testing.T) {
	p, err := egress.New(egress.Options{Log: slog.New(slog.DiscardHandler), CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	r := httptest.NewRequest(http.MethodConnect, "example.com:443", nil)
	r.RemoteAddr = "192.0.2.1:1234"
	w := httptest.NewRecorder()
	if p.ServeHTTP(w, r); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "functions only") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
