package e2e_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// secure is a localdev behind TLS, with a chain of certificates as those of AWS are: a server's, one
// between, a root.
type secure struct {
	plain, address string
	root           string // as PEM
}

// newSecure puts one in front of a localdev, whose answers come that much later.
func newSecure(b *testing.B, plain string, delay time.Duration) *secure {
	b.Helper()
	target, err := url.Parse(plain)
	if err != nil {
		b.Fatal(err)
	}
	root := certificate(b, "a root", nil)
	between := certificate(b, "one between", root)
	leaf := certificate(b, "127.0.0.1", between)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // which is signed
	}}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-time.After(delay)
		proxy.ServeHTTP(w, r)
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{
		Certificate: [][]byte{leaf.der, between.der}, PrivateKey: leaf.key,
	}}}
	server.EnableHTTP2 = true // as AWS
	server.StartTLS()
	b.Cleanup(server.Close)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.der})
	return &secure{plain, server.URL, string(text)}
}

// function builds one of a clone that trusts the root as if it were one of AWS's, and returns the
// environment with the addresses changed.
func (s *secure) function(b *testing.B, t tree, pkg string, environment []string) (binary string, changed []string) {
	b.Helper()
	for _, variable := range environment {
		changed = append(changed, strings.Replace(variable, s.plain, s.address, 1))
	}
	const embedded = "internal/roots/amazon.pem"
	known, err := os.ReadFile(filepath.Join(t.dir, embedded))
	if err == nil {
		return overlaid(b, t, pkg, map[string]string{embedded: string(known) + s.root}), changed
	}
	system, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		b.Fatal(err)
	}
	bundle := filepath.Join(b.TempDir(), "bundle.pem")
	if err := os.WriteFile(bundle, slices.Concat(system, []byte(s.root)), 0o600); err != nil {
		b.Fatal(err)
	}
	return overlaid(b, t, pkg, nil), append(changed, "SSL_CERT_FILE="+bundle, "SSL_CERT_DIR="+b.TempDir())
}

type signed struct {
	der  []byte
	cert *x509.Certificate
	key  *rsa.PrivateKey
}

// certificate makes one of that name: a root if nobody signs it, and of a server if the name is an address.
func certificate(b *testing.B, name string, by *signed) *signed {
	b.Helper()
	s := &signed{}
	var err error
	if s.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		b.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), BasicConstraintsValid: true,
		IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IsCA, template.IPAddresses, template.KeyUsage = false, []net.IP{ip}, x509.KeyUsageDigitalSignature
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	parent, key := template, s.key
	if by != nil {
		parent, key = by.cert, by.key
	}
	if s.der, err = x509.CreateCertificate(rand.Reader, template, parent, &s.key.PublicKey, key); err != nil {
		b.Fatal(err)
	}
	if s.cert, err = x509.ParseCertificate(s.der); err != nil {
		b.Fatal(err)
	}
	return s
}
