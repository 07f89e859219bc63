package rawhead_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-rtc/parley/localdev/internal/rawhead"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a server that answers each request with the fields of its head, a line each; POSTs are
// read first.
func serve(t *testing.T) (addr string) {
	t.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		ReadHeaderTimeout: time.Minute, ConnContext: rawhead.Context, ConnState: rawhead.State,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				t.Error(err)
			}
			for _, f := range rawhead.Fields(r, "N") {
				fmt.Fprintf(w, "%s=%s\n", f.Name, f.Value)
			}
		}),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(rawhead.Listener{Listener: tcp})
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return tcp.Addr().String()
}

// ask writes each text by itself and returns the bodies of n answers.
func ask(t *testing.T, addr string, n int, texts ...string) []string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	go func() {
		for _, text := range texts {
			if _, err := io.WriteString(c, text); err != nil {
				t.Error(err)
			}
		}
	}()
	var bodies []string
	in := bufio.NewReader(c)
	for range n {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		bodies = append(bodies, string(body))
	}
	return bodies
}

func TestFields(t *testing.T) {
	addr := serve(t)
	head := func(n string) string { return "GET /x HTTP/1.1\r\nhOsT: h\r\nx-a: 1\r\nX-A: 2\r\nn: " + n + "\r\n\r\n" }
	want := func(n string) string { return "hOsT=h\nx-a=1\nX-A=2\nn=" + n + "\n" }
	post := func(body string) string {
		return fmt.Sprintf("POST /p HTTP/1.1\r\nHost: h\r\nN: p\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	posted := func(body string) string { return fmt.Sprintf("Host=h\nN=p\nContent-Length=%d\n", len(body)) }
	fake, long := head("other"), strings.Repeat("x", 300_000)
	chunked := fmt.Sprintf("POST /p HTTP/1.1\r\nHost: h\r\nn: p\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(fake), fake)
	for name, tt := range map[string]struct{ texts, want []string }{
		"names keep their spelling and order": {[]string{head("1")}, []string{want("1")}},
		"a byte at a time":                    {strings.Split(head("1"), ""), []string{want("1")}},
		"bare line feeds":                     {[]string{"GET /x HTTP/1.1\nHost:h\nn:\t1 \n\n"}, []string{"Host=h\nn=1\n"}},
		"a folded line is one value":          {[]string{"GET /x HTTP/1.1\r\nHost: h\r\nn: 1\r\n  2\r\n\r\n"}, []string{"Host=h\nn=1 2\n"}},
		"after another request":               {[]string{post("y"), head("1")}, []string{posted("y"), want("1")}},
		"after one whose body looks like it":  {[]string{post(fake), head("1")}, []string{posted(fake), want("1")}},
		"after a long one":                    {[]string{post(long), head("1")}, []string{posted(long), want("1")}},
		"pipelined":                           {[]string{post("y") + head("1") + head("2")}, []string{posted("y"), want("1"), want("2")}},
		"pipelined behind a chunked one that looks like it": {
			[]string{chunked + head("1")}, []string{"Host=h\nn=p\nTransfer-Encoding=chunked\n", want("1")},
		},
		"of 16 KB": {
			[]string{post(long), strings.Replace(head("1"), "\r\n\r\n", "\r\nl: "+strings.Repeat("y", 16_000)+"\r\n\r\n", 1)},
			[]string{"", want("1") + "l=" + strings.Repeat("y", 16_000) + "\n"},
		},
		"longer ones are not known": {
			[]string{strings.Replace(head("1"), "\r\n\r\n", "\r\nl: "+strings.Repeat("y", 60_000)+"\r\n\r\n", 1)}, []string{""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := ask(t, addr, len(tt.want), tt.texts...)
			if name == "of 16 KB" || name == "after a long one" { // whose own head is gone by now
				got, tt.want = got[1:], tt.want[1:]
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %.300q, want %.300q", got, tt.want)
			}
		})
	}
}

// BenchmarkPost is what a connection costs that is used again and again, with the listener and
// without.
func BenchmarkPost(b *testing.B) {
	for name, wrap := range map[string]func(net.Listener) net.Listener{
		"bare": func(l net.Listener) net.Listener { return l },
		"kept": func(l net.Listener) net.Listener { return rawhead.Listener{Listener: l} },
	} {
		b.Run(name, func(b *testing.B) {
			tcp, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			server := &http.Server{
				ReadHeaderTimeout: time.Minute, ConnContext: rawhead.Context, ConnState: rawhead.State,
				Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }),
			}
			defer server.Close()
			go func() { _ = server.Serve(wrap(tcp)) }()
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			body := strings.Repeat("x", 1024)
			for b.Loop() {
				resp, err := client.Post("http://"+tcp.Addr().String(), "text/plain", strings.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				resp.Body.Close()
			}
		})
	}
}
