package parley_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"

	parley "github.com/parley-rtc/parley/client/go"
)

func TestRefusedHandshakeSaysItsStatus(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		s.refuse = 401
		opt := s.options()
		_, err := parley.Dial(t.Context(), "ws://service.test/prod", &opt)
		if err == nil || !strings.HasSuffix(err.Error(), "the server answered 401") {
			t.Errorf("got %v", err)
		}
	})
}

func TestDialSaysWhyThereIsNoConnection(t *testing.T) {
	address := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 443}
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Addr: address, Err: err} }
	for why, cause := range map[string]error{
		"connection refused":                        dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)),
		"no such host":                              dial(&net.DNSError{Err: "no such host", Server: "192.0.2.53:53", IsNotFound: true}),
		"the host cannot be looked up":              dial(&net.DNSError{Err: "read udp 192.0.2.7->192.0.2.53: i/o timeout"}),
		"the certificate is of another host":        x509.HostnameError{Certificate: &x509.Certificate{IPAddresses: []net.IP{address.IP}}},
		"the certificate is signed by nobody known": x509.UnknownAuthorityError{},
		"the certificate is not valid":              &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{}},
		"the server does not speak TLS":             tls.RecordHeaderError{Msg: "of 192.0.2.7"},
		"cannot connect":                            fmt.Errorf("something about 192.0.2.7 and secret"),
	} {
		failing := func(context.Context, string, string) (net.Conn, error) { return nil, cause }
		through := &http.Client{Transport: &http.Transport{DialContext: failing}}
		token := func(context.Context) (string, error) { return "secret", nil }
		_, err := parley.Dial(t.Context(), "ws://service.test/prod", &parley.Options{HTTPClient: through, Token: token})
		if err == nil || !strings.HasSuffix(err.Error(), why) || !errors.Is(err, parley.ErrSocketClosed) {
			t.Errorf("%s: got %v", why, err)
		}
		if text := fmt.Sprint(err); strings.Contains(text, "192.0.2") || strings.Contains(text, "secret") {
			t.Errorf("tells more than why: %v", err)
		}
	}
}

func TestDialSaysWhatTheServerDoesNotSpeak(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"))
			conn.Close()
		}
	}))
	defer plain.Close()
	_, err := parley.Dial(t.Context(), strings.Replace(plain.URL, "http", "ws", 1), nil)
	if err == nil || !strings.HasSuffix(err.Error(), "the server does not speak parley.v1") {
		t.Errorf("got %v", err)
	}
	_, err = parley.Dial(t.Context(), strings.Replace(plain.URL, "http", "wss", 1), nil)
	if err == nil || !strings.HasSuffix(err.Error(), "the server does not speak TLS") {
		t.Errorf("got %v", err)
	}
}
