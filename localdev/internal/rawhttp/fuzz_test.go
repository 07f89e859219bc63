package rawhttp

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// FuzzParse reads a head: whatever is plain is a request for net/http as well, and the same.
func FuzzParse(f *testing.F) {
	f.Add("POST /dev/@connections/a%3D HTTP/1.1\r\nHost: h:1\r\nContent-Length: 3\r\nX-a: \t1 \r\nx-A: 2\r\n\r\n")
	f.Add("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Go-http-client/1.1\r\n\r\n")
	f.Add("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nConnection: keep-alive\r\n\r\n")
	f.Add("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\nTrailer: a-b,c\r\n\r\n")
	f.Add("POST /?a=b HTTP/1.1\r\nhost:\r\n:\r\n a: b\r\n\r\n")
	f.Add("\r\n\r\n")
	f.Fuzz(func(t *testing.T, head string) {
		end := strings.Index(head, "\r\n\r\n")
		if end < 0 {
			return
		}
		head = head[:end+4]
		var r Request
		if !r.parse([]byte(head)) {
			return
		}
		for n := range len(head) {
			if !new(Request).mayBegin([]byte(head[:n])) {
				t.Errorf("%q is plain, and cannot begin with %q", head, head[:n])
			}
		}
		want, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head)))
		if err != nil {
			t.Fatalf("%q is no request: %v", head, err)
		}
		length := int64(r.Length)
		if r.chunks {
			length = -1
		}
		if want.Method != string(r.Method) || want.RequestURI != string(r.Target) || want.ContentLength != length ||
			want.Close || r.chunks != (len(want.TransferEncoding) > 0) || want.Proto != "HTTP/1.1" {
			t.Errorf("%q is %+v, and for net/http %+v", head, r, want)
		}
		if got := r.Header("hOST"); string(got) != want.Host {
			t.Errorf("%q: host %q, want %q", head, got, want.Host)
		}
		names := map[string]bool{"Host": true, "Content-Length": true, "Transfer-Encoding": true, "Trailer": true}
		for name, values := range want.Header {
			names[name] = true
			var got []string
			for _, f := range r.fields {
				if http.CanonicalHeaderKey(string(f.name)) == name {
					got = append(got, string(f.value))
				}
			}
			if !slices.Equal(got, values) || !bytes.Equal(r.Header(strings.ToUpper(name)), []byte(values[0])) {
				t.Errorf("%q: %s: %q, want %q", head, name, got, values)
			}
		}
		for _, f := range r.fields {
			if !names[http.CanonicalHeaderKey(string(f.name))] {
				t.Errorf("%q: net/http has no %s", head, f.name)
			}
		}
	})
}

// FuzzChunks reads a body in chunks: whatever is plain is one for net/http as well, and the same.
func FuzzChunks(f *testing.F) {
	f.Add("3\r\nabc\r\n0\r\n\r\n")
	f.Add("00a\r\n0123456789\r\n0\r\n\r\nPOST")
	f.Add("A;x=y\r\n0123456789\r\n0\r\nTrailer: a\r\n\r\n")
	f.Add("fffffffff\r\n")
	f.Fuzz(func(t *testing.T, body string) {
		const head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
		here, there := net.Pipe()
		there.Close()
		k := newLink(here, &Listener{MaxBody: 1000})
		k.in = []byte(head + body)
		if !k.request.parse(k.in[:len(head)]) {
			t.Fatal("the head is not plain")
		}
		whole := k.body(len(head))
		if whole == 0 {
			return
		}
		r := bufio.NewReader(strings.NewReader(head + body))
		want, err := http.ReadRequest(r)
		if err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(want.Body)
		if err != nil || !bytes.Equal(all, k.request.Body) {
			t.Errorf("%q: got %q, want %q, %v", body, k.request.Body, all, err)
		}
		if rest, err := io.ReadAll(r); err != nil || string(rest) != (head + body)[whole:] {
			t.Errorf("%q: it ends before %q, want %q, %v", body, (head + body)[whole:], rest, err)
		}
	})
}
