// Package roots says whom a function trusts over TLS: those who sign for AWS, and then whom the system
// trusts. The system's list has some 140 certificates, so it is read only where those do not do.
package roots

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// amazon are the roots of https://www.amazontrust.com/repository.
//
//go:embed amazon.pem
var amazon []byte

// sessions is how many servers are remembered, so that the next handshake with one is a short one.
const sessions = 16

// Roots makes the settings of connections over TLS.
type Roots struct {
	first    func() *x509.CertPool // nil: the system's alone
	system   func() *x509.CertPool // nil is what the standard library finds
	sessions tls.ClientSessionCache
}

// New returns the Roots of an environment. Where that says whom to trust, nobody else is.
func New(env func(string) string) *Roots {
	r := &Roots{system: func() *x509.CertPool { return nil }, sessions: tls.NewLRUClientSessionCache(sessions)}
	if env("SSL_CERT_FILE") == "" && env("SSL_CERT_DIR") == "" {
		r.first = sync.OnceValue(func() *x509.CertPool {
			pool := x509.NewCertPool()
			pool.AppendCertsFromPEM(amazon)
			return pool
		})
	}
	return r
}

// Config returns the settings for a connection to that host, a name or an address.
func (r *Roots) Config(host string) *tls.Config {
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, ClientSessionCache: r.sessions}
	if r.first == nil {
		c.RootCAs = r.system()
		return c
	}
	c.InsecureSkipVerify = true // since this verifies the same, also when a session is resumed
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if err := r.verify(s.PeerCertificates, host); err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: s.PeerCertificates, Err: err}
		}
		return nil
	}
	return c
}

func (r *Roots) verify(chain []*x509.Certificate, host string) error {
	err := verify(chain, host, r.first())
	if err == nil {
		return nil
	}
	fallback := verify(chain, host, r.system())
	_, stranger := errors.AsType[x509.UnknownAuthorityError](fallback)
	if stranger { // to the system, so what was wrong in the first place says more
		return err
	}
	return fallback
}

func verify(chain []*x509.Certificate, host string, roots *x509.CertPool) error {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: between})
	return err
}

// Use has a client trust as these Roots do, and speak HTTP/1.1: the functions are built without
// HTTP/2, and a client that offers it all the same cannot read what then comes. Through a proxy it
// goes by the system's list alone.
func (r *Roots) Use(t *http.Transport) {
	dial, patience := t.DialContext, t.TLSHandshakeTimeout
	t.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		config := r.Config(host)
		config.NextProtos = []string{"http/1.1"}
		secure := tls.Client(conn, config)
		if err := shake(ctx, secure, patience); err != nil {
			conn.Close()
			return nil, err
		}
		return secure, nil
	}
}

func shake(ctx context.Context, c *tls.Conn, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return c.HandshakeContext(ctx)
}
