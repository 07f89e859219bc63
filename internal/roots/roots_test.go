package roots

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// trusting has other roots in the place of Amazon's and of the system's.
func trusting(first, system *x509.CertPool) *Roots {
	r := New(func(string) string { return "" })
	r.first = func() *x509.CertPool { return first }
	r.system = func() *x509.CertPool { return system }
	return r
}

func TestServersAreTrustedAndRefusedAsByTheStandardLibrary(t *testing.T) {
	ours, systems, nobodys := root(t, "ours"), root(t, "the system's"), root(t, "nobody's")
	below := ours.made(t, x509.Certificate{Subject: pkix.Name{CommonName: "below"}, IsCA: true})
	expired := named("a.example")
	expired.NotAfter = time.Now().Add(-time.Minute)
	old := systems.made(t, x509.Certificate{Subject: pkix.Name{CommonName: "old"}, IsCA: true, NotAfter: expired.NotAfter})
	client := named("a.example")
	client.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	r := trusting(pool(ours), pool(systems))
	for name, server := range map[string]struct {
		host  string
		shown []*authority
	}{
		"ours":                {"a.example", []*authority{ours.made(t, named("a.example"))}},
		"with a wildcard":     {"b.a.example", []*authority{ours.made(t, named("*.a.example"))}},
		"by an intermediate":  {"a.example", []*authority{below.made(t, named("a.example")), below}},
		"without it":          {"a.example", []*authority{below.made(t, named("a.example"))}},
		"an address":          {"127.0.0.1", []*authority{ours.made(t, named("127.0.0.1"))}},
		"another address":     {"127.0.0.1", []*authority{ours.made(t, named("127.0.0.2", "a.example"))}},
		"the system's":        {"a.example", []*authority{systems.made(t, named("a.example"))}},
		"nobody's":            {"a.example", []*authority{nobodys.made(t, named("a.example"))}},
		"its own":             {"a.example", []*authority{(*authority)(nil).made(t, named("a.example"))}},
		"another host":        {"a.example", []*authority{ours.made(t, named("b.example"))}},
		"the system's other":  {"a.example", []*authority{systems.made(t, named("b.example"))}},
		"expired":             {"a.example", []*authority{ours.made(t, expired)}},
		"expired, system's":   {"a.example", []*authority{systems.made(t, expired)}},
		"by an expired one":   {"a.example", []*authority{old.made(t, named("a.example")), old}},
		"a client's":          {"a.example", []*authority{ours.made(t, client)}},
		"by a server's":       {"a.example", []*authority{ours.made(t, named("a.example")).made(t, named("a.example")), ours}},
		"a root that it says": {"a.example", []*authority{nobodys.made(t, named("a.example")), nobodys}},
	} {
		t.Run(name, func(t *testing.T) {
			address := serve(t, server.shown[0], server.shown[1:]...)
			for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
				standard := &tls.Config{ServerName: server.host, RootCAs: pool(ours, systems), MaxVersion: version}
				config := r.Config(server.host)
				config.MaxVersion = version
				want, got := dial(address, standard), dial(address, config)
				if untimed(got) != untimed(want) {
					// A hint which of those that are trusted was thought of depends on the list.
					var a, b x509.UnknownAuthorityError
					if !errors.As(got, &a) || !errors.As(want, &b) {
						t.Fatalf("got %v, want %v", got, want)
					}
				}
				var a, b *tls.CertificateVerificationError
				if errors.As(got, &a) != errors.As(want, &b) || a != nil && len(a.UnverifiedCertificates) != len(b.UnverifiedCertificates) {
					t.Fatalf("got %#v, want %#v", got, want)
				}
			}
		})
	}
}

// untimed is what an error says, without the second at which it does.
func untimed(err error) string {
	text, _, _ := strings.Cut(fmt.Sprint(err), ": current time")
	return text
}

func dial(address string, config *tls.Config) error {
	c, err := tls.Dial("tcp", address, config)
	if err != nil {
		return err
	}
	return c.Close()
}

func TestTheSystemsListIsNotReadForAmazons(t *testing.T) {
	ours := root(t, "ours")
	r := trusting(pool(ours), nil)
	r.system = func() *x509.CertPool {
		t.Error("it was")
		return nil
	}
	if err := dial(serve(t, ours.made(t, named("a.example"))), r.Config("a.example")); err != nil {
		t.Error(err)
	}
}

// What is resumed was verified for that host by these very roots.
func TestASessionIsResumedAndVerified(t *testing.T) {
	ours := root(t, "ours")
	address := serve(t, ours.made(t, named("a.example")))
	r := trusting(pool(ours), pool())
	for i, want := range []bool{false, true, true} {
		if resumed, err := get(t, r, address); err != nil || resumed != want {
			t.Fatalf("connection %d: resumed %v, %v, want %v", i, resumed, err, want)
		}
	}
	r.first = func() *x509.CertPool { return pool() }
	if _, err := get(t, r, address); err == nil {
		t.Error("a session of who is trusted no more was resumed")
	}
}

// get asks as the SDK's client does, once, on a connection of its own.
func get(t *testing.T, r *Roots, address string) (resumed bool, err error) {
	t.Helper()
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSHandshakeTimeout: time.Minute, DialContext: to(address)}
	defer transport.CloseIdleConnections()
	r.Use(transport)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://a.example/", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if resp.ProtoMajor != 1 { // though the server would speak HTTP/2, and the client as well, where it is built in
		t.Errorf("got %s", resp.Proto)
	}
	return resp.TLS.DidResume, nil
}

func TestAHandshakeThatNobodyAnswersEnds(t *testing.T) {
	silent := silence(t)
	transport := &http.Transport{TLSHandshakeTimeout: time.Millisecond, DialContext: to(silent)}
	trusting(pool(), pool()).Use(transport)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://a.example/", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(req)
	if err == nil {
		resp.Body.Close()
		t.Fatal("answered")
	}
}

// The fingerprints are those that Amazon publishes.
func TestTheRootsOfAmazon(t *testing.T) {
	var got []string
	for rest := amazon; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if c, err := x509.ParseCertificate(block.Bytes); err != nil || !c.IsCA {
			t.Fatal(c, err)
		}
		got = append(got, fmt.Sprintf("%x", sha256.Sum256(block.Bytes)))
	}
	want := []string{
		"8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
		"1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
		"18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
		"e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
		"568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// The standard library reads the environment once, so a process of its own goes by each.
func TestWhomTheEnvironmentNamesIsTrustedAndNobodyElse(t *testing.T) {
	if addresses := os.Getenv("ROOTS_TEST"); addresses != "" {
		for address := range strings.FieldsSeq(addresses) {
			fmt.Fprintln(os.Stdout, dial(address, New(os.Getenv).Config("a.example")))
		}
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("the standard library reads these variables where there is no list of the system's own")
	}
	named1, named2 := root(t, "named"), root(t, "not named")
	dir := t.TempDir()
	file := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(file, named1.pem(), 0o600); err != nil {
		t.Fatal(err)
	}
	good, bad := serve(t, named1.made(t, named("a.example"))), serve(t, named2.made(t, named("a.example")))
	t.Setenv("SSL_CERT_FILE", filepath.Join(dir, "none"))
	t.Setenv("SSL_CERT_DIR", filepath.Join(dir, "none"))
	for _, variable := range []string{"SSL_CERT_FILE=" + file, "SSL_CERT_DIR=" + dir} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), "ROOTS_TEST="+good+" "+bad, variable)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), "<nil>\ntls: failed to verify certificate: x509: certificate signed by unknown authority") {
			t.Errorf("%s: got %s, %v", variable, out, err)
		}
	}
	config := New(func(name string) string { return map[string]string{"SSL_CERT_FILE": file}[name] }).Config("a.example")
	if config.InsecureSkipVerify {
		t.Error("the standard library does not verify by itself")
	}
}
