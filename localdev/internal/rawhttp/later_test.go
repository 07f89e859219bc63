package rawhttp_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/rawhttp"
)

// waiter has each request wait until the test answers it.
type waiter struct {
	asked chan string // targets
	reply chan *rawhttp.Reply
	gone  chan string
}

func newWaiter() waiter {
	return waiter{make(chan string, 9), make(chan *rawhttp.Reply, 9), make(chan string, 9)}
}

func (h waiter) Claims(r *rawhttp.Request) bool {
	return !strings.HasPrefix(string(r.Target), "/foreign")
}

func (h waiter) Serve(r *rawhttp.Request, w *rawhttp.Reply) {
	target := string(r.Target)
	w.Later(func() { h.gone <- target })
	h.asked <- target
	h.reply <- w
}

func (h waiter) ServeHTTP(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }

func get(target string) string { return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n" }

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(2 * time.Minute))
	return c
}

func write(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// answered reads an answer's head and so many bytes of its body.
func answered(t *testing.T, c net.Conn, status string, body int) string {
	t.Helper()
	var got []byte
	for one := make([]byte, 1); !strings.HasSuffix(string(got), "\r\n\r\n"); got = append(got, one...) {
		if _, err := io.ReadFull(c, one); err != nil {
			t.Fatalf("after %q: %v", got, err)
		}
	}
	if !strings.HasPrefix(string(got), "HTTP/1.1 "+status) {
		t.Errorf("got %q, want status %s", got, status)
	}
	text := make([]byte, body)
	if _, err := io.ReadFull(c, text); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAnswersThatComeLater(t *testing.T) {
	h := newWaiter()
	c := dial(t, serve(t, h, h))
	for _, body := range []string{"short", strings.Repeat("long", 500_000), ""} {
		write(t, c, get("/1"))
		<-h.asked
		var answering sync.WaitGroup
		w := <-h.reply
		answering.Go(func() {
			if err := w.Answer(200, nil, []byte(body)); err != nil {
				t.Error(err)
			}
		})
		if got := answered(t, c, "200", len(body)); got != body {
			t.Errorf("got %.50q, want %.50q", got, body)
		}
		answering.Wait()
		if w.Answer(200, nil, nil) == nil {
			t.Error("an answer counts twice")
		}
	}

	// What comes before the answer waits for it, whoever serves it.
	write(t, c, get("/2")+get("/3"))
	write(t, c, get("/foreign"))
	if got := <-h.asked; got != "/2" {
		t.Errorf("got %s", got)
	}
	_ = (<-h.reply).Answer(202, nil, nil)
	answered(t, c, "202", 0)
	if got := <-h.asked; got != "/3" {
		t.Errorf("got %s", got)
	}
	_ = (<-h.reply).Answer(204, nil, nil)
	answered(t, c, "204", 0)
	answered(t, c, "418", 0)
	if len(h.gone)+len(h.asked) > 0 {
		t.Error("a client is gone, or has asked, that is not")
	}
}

func TestAClientThatLeavesIsNoticed(t *testing.T) {
	h := newWaiter()
	c := dial(t, serve(t, h, h))
	write(t, c, get("/1"))
	<-h.asked
	c.Close()
	if got := <-h.gone; got != "/1" {
		t.Errorf("got %s", got)
	}
	if (<-h.reply).Answer(200, nil, nil) == nil {
		t.Error("somebody who is gone is answered")
	}
}

// The server's end, which comes with the test's, waits for nobody: neither for who has no answer
// yet, nor for who has asked for more.
func TestTheEndOfTheServer(t *testing.T) {
	h := newWaiter()
	addr := serve(t, h, h)
	write(t, dial(t, addr), get("/1"))
	c := dial(t, addr)
	write(t, c, get("/2"))
	<-h.asked
	<-h.asked
	write(t, c, get("/3"))
	write(t, dial(t, addr), get("/4")[:10])
	dial(t, addr)
	t.Cleanup(func() { // before the clients', and after the server's
		if len(h.gone) > 0 {
			t.Error("the server takes its own end for its clients'")
		}
	})
}

// Who says too little for too long reads the same as from net/http.
func TestTimeouts(t *testing.T) {
	const short = 20 * time.Millisecond
	first := "POST /echo/204 HTTP/1.1\r\nHost: h\r\n\r\n"
	for name, tt := range map[string]struct {
		head, idle time.Duration
		text       string
	}{
		"nothing":                     {short, time.Hour, ""},
		"idle":                        {time.Hour, short, first},
		"a head that does not end":    {short, time.Hour, first[:20]},
		"a later one that does not":   {short, time.Hour, first + first[:20]},
		"none of ours that does not":  {short, time.Hour, "GET / HT"},
		"a body that is not all here": {short, time.Hour, "POST /echo/204 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var answers []string
			for _, raw := range []bool{false, true} {
				e := &echo{}
				c := dial(t, serveWithin(t, e, e, raw, tt.head, tt.idle))
				write(t, c, tt.text)
				if strings.HasSuffix(tt.text, "Length: 2\r\n\r\n") { // which is bounded by nobody
					time.AfterFunc(3*short, func() {
						_, _ = io.WriteString(c, "xx")
						_ = c.(*net.TCPConn).CloseWrite()
					})
				}
				answer, err := io.ReadAll(c)
				if err != nil {
					t.Error(err)
				}
				answers = append(answers, date.ReplaceAllString(string(answer), ""))
			}
			if answers[0] != answers[1] {
				t.Errorf("got %q, want %q", answers[1], answers[0])
			}
		})
	}
}

// A request that comes again and again allocates nothing.
func TestAllocations(t *testing.T) {
	e := &echo{}
	c := dial(t, serve(t, e, bare{}))
	request, answer := []byte("POST /echo/202 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"), make([]byte, 4096)
	n := testing.AllocsPerRun(500, func() {
		if _, err := c.Write(request); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(answer); err != nil { // small enough to come in one piece
			t.Fatal(err)
		}
	})
	if n >= 1 {
		t.Errorf("%v allocations a request", n)
	}
}

// bare answers everything alike.
type bare struct{}

func (bare) Claims(*rawhttp.Request) bool { return true }

func (bare) Serve(r *rawhttp.Request, w *rawhttp.Reply) { _ = w.Answer(200, nil, r.Body) }

// BenchmarkPost is a POST whose body comes back, with rawhttp and without.
func BenchmarkPost(b *testing.B) {
	request, answer := []byte("POST /echo/200 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"), make([]byte, 4096)
	for name, raw := range map[string]rawhttp.Handler{"net/http": nil, "rawhttp": &echo{}} {
		b.Run(name, func(b *testing.B) {
			c, err := net.Dial("tcp", serve(b, &echo{}, raw))
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Write(request); err != nil {
					b.Fatal(err)
				}
				if _, err := c.Read(answer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
