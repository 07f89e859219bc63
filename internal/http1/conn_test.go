package http1_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/http1"
)

func dial(t testing.TB, url string) net.Conn {
	t.Helper()
	_, address, _ := strings.Cut(url, "://")
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func post(path string, body []byte) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n", path, len(body))
}

// echo answers in many ways with what it was sent.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("X-From", r.RemoteAddr)
	switch r.URL.Path {
	case "/chunks":
		for _, b := range body {
			_, _ = w.Write([]byte{b})
			_ = http.NewResponseController(w).Flush()
		}
	case "/nothing":
		w.WriteHeader(http.StatusNoContent)
	case "/hints":
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusProcessing)
		_, _ = w.Write(body)
	case "/last":
		w.Header().Set("Connection", "close")
		_, _ = w.Write(body)
	default:
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(body)
	}
}

func TestAnswersOfARealServer(t *testing.T) {
	handler := http.HandlerFunc(echo)
	plain, secure := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	defer plain.Close()
	defer secure.Close()
	config := secure.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	config.ServerName, config.NextProtos = "example.com", []string{"http/1.1"}
	overTLS, err := http1.NewTLS(t.Context(), dial(t, secure.URL), config)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*http1.Conn{"plain": http1.New(dial(t, plain.URL)), "TLS": overTLS} {
		t.Run(name, func(t *testing.T) {
			defer c.Close()
			var from string
			for _, step := range []struct {
				path   string
				size   int
				status int
			}{
				{"/", 0, 418},
				{"/", 7, 418},
				{"/chunks", 3, 200},
				{"/hints", 2, 200},
				{"/nothing", 0, 204},
				{"/", 5 << 20, 418},
				{"/chunks", 5000, 200},
				{"/", 1, 418},
				{"/last", 9, 200},
			} {
				body := bytes.Repeat([]byte("é!"), step.size/3+1)[:step.size]
				if !c.Idle() {
					t.Fatalf("%s: not idle", step.path)
				}
				a, err := c.Do(post(step.path, body), body)
				if err != nil || a.Status != step.status || !bytes.Equal(a.Body, body) || a.Close != (step.path == "/last") {
					t.Fatalf("%s: got %d, %d bytes, %v, %v", step.path, a.Status, len(a.Body), a.Close, err)
				}
				switch got := string(a.Header("x-FROM")); {
				case from == "":
					from = got
				case got != from:
					t.Fatalf("%s: came from %s, want %s: the connection was not kept", step.path, got, from)
				}
			}
			if c.Idle() {
				t.Error("idle after the last answer")
			}
			if _, err := c.Do(post("/", nil), nil); !errors.Is(err, net.ErrClosed) {
				t.Errorf("after the last answer: got %v", err)
			}
		})
	}
}

// peer is the other side of a connection, in the test's hands.
func peer(t *testing.T) (c *http1.Conn, other net.Conn) {
	t.Helper()
	under, other := peerConn(t)
	return http1.New(under), other
}

func peerConn(t *testing.T) (c, other net.Conn) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c = dial(t, "tcp://"+l.Addr().String())
	if other, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	return c, other
}

// until waits for what the kernel does soon.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !so(); {
		if time.Now().After(end) {
			t.Fatalf("not %s", what)
		}
	}
}

func TestAConnectionThatThePeerHasClosedIsNotIdle(t *testing.T) {
	for name, end := range map[string]func(net.Conn){
		"closed":     func(c net.Conn) { c.Close() },
		"reset":      func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); c.Close() },
		"unasked-of": func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\n\r\n") },
	} {
		t.Run(name, func(t *testing.T) {
			c, other := peer(t)
			if !c.Idle() {
				t.Fatal("not idle")
			}
			end(other)
			until(t, "found", func() bool { return !c.Idle() })
			if _, err := c.Do(post("/", nil), nil); err == nil {
				t.Error("it still takes requests")
			}
		})
	}
}

// Where TLS 1.3 brings tickets for the next handshake, bytes wait on a connection that is good.
func TestATicketDoesNotMakeAConnectionStale(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(echo))
	defer server.Close()
	config := server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	config.ServerName, config.ClientSessionCache = "example.com", &cache{tickets: make(chan struct{}, 10)}
	c, err := http1.NewTLS(t.Context(), dial(t, server.URL), config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	until(t, "a ticket", func() bool {
		if !c.Idle() {
			t.Fatal("stale")
		}
		return len(config.ClientSessionCache.(*cache).tickets) > 0
	})
	if a, err := c.Do(post("/", nil), nil); err != nil || a.Status != 418 {
		t.Fatalf("got %d, %v", a.Status, err)
	}
	server.CloseClientConnections()
	until(t, "found", func() bool { return !c.Idle() })
}

type cache struct{ tickets chan struct{} }

func (c *cache) Get(string) (*tls.ClientSessionState, bool) { return nil, false }
func (c *cache) Put(string, *tls.ClientSessionState)        { c.tickets <- struct{}{} }

func TestADeadlineEndsAWait(t *testing.T) {
	c, _ := peer(t)
	if err := c.SetDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(post("/", nil), nil); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	if c.Idle() {
		t.Error("its answer may come as that of the next request")
	}
}

func TestAnswersThatAreNotWhole(t *testing.T) {
	for answer, want := range map[string]struct {
		status int
		body   string
		err    error
	}{
		"":                              {0, "", io.EOF},
		"HTTP/1.1 20":                   {0, "", io.ErrUnexpectedEOF},
		"HTTP/1.1 100 Continue\r\n\r\n": {0, "", io.ErrUnexpectedEOF},
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab":               {200, "ab", io.ErrUnexpectedEOF},
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab": {200, "ab", io.ErrUnexpectedEOF},
	} {
		c, other := peer(t)
		_, _ = io.WriteString(other, answer)
		_ = other.(*net.TCPConn).CloseWrite()
		a, err := c.Do([]byte("GET / HTTP/1.1\r\n\r\n"), nil)
		if a.Status != want.status || string(a.Body) != want.body || err != want.err { //nolint:errorlint // exactly these
			t.Errorf("%q: got %d %q %v", answer, a.Status, a.Body, err)
		}
	}
}

func TestAnswersWithoutAnEndAreRefused(t *testing.T) {
	for name, answer := range map[string][2]string{
		"a head":     {"HTTP/1.1 200 OK\r\nX: ", "x"},
		"hints":      {"", "HTTP/1.1 103 Early Hints\r\n\r\n"},
		"a body":     {"HTTP/1.1 200 OK\r\n\r\n", "x"},
		"chunks":     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "ffff\r\n" + strings.Repeat("x", 0xffff) + "\r\n"},
		"a chunk":    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0"},
		"a trailer":  {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: x\r\n"},
		"too much":   {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "x"},
		"who writes": {"HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999999\r\n\r\n", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			c, other := peer(t)
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, _ = io.WriteString(other, answer[0])
				for more := []byte(strings.Repeat(answer[1], 1+(64<<10)/len(answer[1]))); ; {
					if _, err := other.Write(more); err != nil {
						return
					}
				}
			}()
			if _, err := c.Do([]byte("GET / HTTP/1.1\r\n\r\n"), nil); err == nil {
				t.Error("accepted")
			}
			<-done
		})
	}
}

func TestARequestAllocatesNothing(t *testing.T) {
	c, other := peer(t)
	go func() {
		answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok")
		for in := make([]byte, 4096); ; {
			if _, err := other.Read(in); err != nil {
				return
			}
			if _, err := other.Write(answer); err != nil {
				return
			}
		}
	}()
	body := []byte("hello")
	head := post("/", body)
	got := testing.AllocsPerRun(100, func() {
		a, err := c.Do(head, body)
		if err != nil || a.Status != 200 || string(a.Body) != "ok" || len(a.Header("content-length")) != 1 {
			t.Fatalf("got %d, %v", a.Status, err)
		}
		if !c.Idle() {
			t.Fatal("not idle")
		}
	})
	if got >= 1 {
		t.Errorf("%v allocations", got)
	}
}

func TestAHandshakeEndsWithItsContext(t *testing.T) {
	c, _ := peerConn(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := http1.NewTLS(ctx, c, &tls.Config{ServerName: "example.com"}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if _, err := c.Write([]byte("x")); err == nil {
		t.Error("the connection is left open")
	}
}

// Whoever refuses a body for its length may say so, and close, before all of it is there.
func TestAnAnswerBeforeTheRequestIsWhole(t *testing.T) {
	c, other := peer(t)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = io.CopyN(io.Discard, other, 1<<20)
		_, _ = io.WriteString(other, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
		other.Close()
	}()
	body := make([]byte, 8<<20)
	a, err := c.Do(post("/", body), body)
	if err != nil || a.Status != 413 || string(a.Body) != "no" || !a.Close || !c.Begun() {
		t.Errorf("got %d %q, %v, %v", a.Status, a.Body, a.Close, err)
	}
	<-answered
	if _, err := c.Do(post("/", nil), nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the connection takes requests: %v", err)
	}
}

func TestWhetherAnAnswerHasBegun(t *testing.T) {
	for said, want := range map[string]bool{"": false, "H": true} {
		c, other := peer(t)
		_, _ = io.WriteString(other, said)
		_ = other.(*net.TCPConn).CloseWrite()
		if _, err := c.Do(post("/", nil), nil); err == nil || c.Begun() != want {
			t.Errorf("%q: got %v, %v", said, c.Begun(), err)
		}
	}
}
