package egress

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"runtime"
	"sync"
	"time"
)

// authority is a certificate authority that nobody but the functions of this localdev trusts. Its key is in memory only.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey

	mu     sync.Mutex
	leaves map[string]*tls.Certificate // by host, made when it is first asked for
}

// validity covers what an emulator runs, and clocks that are a little off.
func validity(c *x509.Certificate) {
	c.NotBefore = time.Now().Add(-24 * time.Hour)
	c.NotAfter = time.Now().Add(365 * 24 * time.Hour)
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localdev"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	validity(c)
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		return nil, err
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	return &authority{certificate: c, key: key, leaves: map[string]*tls.Certificate{}}, nil
}

// leaf returns a certificate for a host.
func (a *authority) leaf(host string) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.leaves[host]; c != nil {
		return c, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	c := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	validity(c)
	der, err := x509.CreateCertificate(rand.Reader, c, a.certificate, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	a.leaves[host] = &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return a.leaves[host], nil
}

// pem is the authority's certificate.
func (a *authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw}))
}

// bundle has this authority and those of the system, since the variables that name it to programs
// replace the system's own.
func (a *authority) bundle() string { return string(systemAuthorities()) + "\n" + a.pem() }

// hidden writes a file, and returns its path and what takes it away. On Linux it has no name in any
// folder, only that of this process's descriptor, so that not even kill -9 leaves it behind.
func hidden(pattern, text string) (path string, remove func(), err error) {
	file, err := os.CreateTemp("", pattern)
	if err != nil {
		return "", nil, fmt.Errorf("write the certificate authority: %w", err)
	}
	remove = func() { file.Close(); os.Remove(file.Name()) }
	if _, err := file.WriteString(text); err != nil {
		remove()
		return "", nil, fmt.Errorf("write the certificate authority: %w", err)
	}
	if runtime.GOOS != "linux" {
		return file.Name(), remove, nil
	}
	os.Remove(file.Name())
	return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), file.Fd()), func() { file.Close() }, nil
}
