package rawhttp

import (
	"bufio"
	"bytes"
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
		if want.Method != string(r.Method) || want.RequestURI != string(r.Target) || want.ContentLength != int64(r.Length) ||
			want.Close || len(want.TransferEncoding) > 0 || want.Proto != "HTTP/1.1" {
			t.Errorf("%q is %+v, and for net/http %+v", head, r, want)
		}
		if got := r.Header("hOST"); string(got) != want.Host {
			t.Errorf("%q: host %q, want %q", head, got, want.Host)
		}
		names := map[string]bool{"Host": true, "Content-Length": true}
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
