package rawhead

import (
	"bufio"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// FuzzParse reads whatever stands behind a request line as net/http does, but for the spelling of
// names.
func FuzzParse(f *testing.F) {
	f.Add("Host: h\r\nx-a: 1\r\nX-A: 2\r\n\r\nbody")
	f.Add("Host:h\nn:\t1 \n  2\n\t\n\n")
	f.Add("Host: h\r\n x: 1\r\n\r\n")
	f.Add(": \r\n\r\n")
	f.Add("\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		fields := parse([]byte("\r\n" + text))
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET / HTTP/1.1\r\n" + text)))
		if err != nil {
			return
		}
		got := http.Header{}
		for _, f := range fields {
			got.Add(f.Name, f.Value)
		}
		// What net/http takes out of a head, or puts in.
		for _, name := range []string{"Host", "Transfer-Encoding", "Trailer", "Content-Length", "Cache-Control"} {
			got.Del(name)
			r.Header.Del(name)
		}
		if !maps.EqualFunc(got, r.Header, slices.Equal) {
			t.Errorf("got %q, want %q", got, r.Header)
		}
	})
}
