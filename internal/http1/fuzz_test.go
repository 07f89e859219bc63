package http1

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"
)

// script is a connection on which the other side says the same whatever it is asked, size bytes at a time.
type script struct {
	net.Conn
	said *bytes.Reader
	size int
}

func (s *script) Read(p []byte) (int, error)  { return s.said.Read(p[:min(len(p), s.size)]) }
func (s *script) Write(p []byte) (int, error) { return len(p), nil }
func (s *script) Close() error                { return nil }

// FuzzAnswer holds all that is accepted to what net/http makes of it.
func FuzzAnswer(f *testing.F) {
	for _, said := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nokHTTP/1.1",
		"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
		"HTTP/1.1 410 Gone\nX-Amzn-ErrorType: GoneException\nContent-Length:\t0\n\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 1\r\n\r\n2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n",
		"HTTP/1.1 204 \r\n\r\n", "HTTP/1.1 304\r\nContent-Length: 5\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: Keep-Alive\r\n\r\nto the end",
		"HTTP/1.1 200 OK\r\nConnection: x, Close\r\nX: a\r\n b\r\n\r\nto the end",
		"HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 099\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
	} {
		f.Add([]byte(said), uint16(3))
		f.Add([]byte(said), uint16(1000))
	}
	f.Fuzz(func(t *testing.T, said []byte, size uint16) {
		c := New(&script{said: bytes.NewReader(said), size: max(int(size), 1)})
		a, err := c.Do(nil, nil)
		if err != nil {
			return
		}
		r := bufio.NewReader(bytes.NewReader(said))
		want, wantErr := http.ReadResponse(r, nil)
		for wantErr == nil && want.StatusCode < 200 {
			want, wantErr = http.ReadResponse(r, nil)
		}
		if wantErr != nil {
			t.Fatalf("got %d %q, want %v", a.Status, a.Body, wantErr)
		}
		defer want.Body.Close()
		body, wantErr := io.ReadAll(want.Body)
		if wantErr != nil || !bytes.Equal(body, a.Body) || a.Status != want.StatusCode {
			t.Fatalf("got %d %q, want %d %q, %v", a.Status, a.Body, want.StatusCode, body, wantErr)
		}
		for name := range a.Fields {
			if got := string(a.Header(string(name))); got != want.Header.Get(string(name)) {
				switch http.CanonicalHeaderKey(string(name)) { // of which net/http keeps them elsewhere
				case "Transfer-Encoding", "Content-Length", "Trailer", "Connection":
				default:
					t.Fatalf("%s: got %q, want %q", name, got, want.Header.Get(string(name)))
				}
			}
		}
		if want.Close && !a.Close {
			t.Fatal("kept open")
		}
	})
}
