package rawhttp_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-rtc/parley/localdev/internal/rawhttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo answers POST /echo/{status} with the body of the request, by rawhttp and by net/http.
type echo struct{ served atomic.Int32 }

func (e *echo) Claims(r *rawhttp.Request) bool {
	ours := len(r.Target) == len("/echo/200") && bytes.HasPrefix(r.Target, []byte("/echo/"))
	return ours && string(r.Method) == "POST" && r.Header("x-foreign") == nil
}

func (e *echo) Serve(r *rawhttp.Request, w *rawhttp.Reply) {
	e.served.Add(1)
	status, _ := strconv.Atoi(string(r.Target[len("/echo/"):]))
	var fields []byte
	if len(r.Body) > 0 {
		fields = rawhttp.AppendField(fields, "Content-Type", "text/x")
	}
	fields = rawhttp.AppendField(fields, "X-Amzn-ErrorType", string(r.Header("X-SAID")))
	fields = rawhttp.AppendField(fields, "X-Two", " of\r\nlines ")
	_ = w.Answer(status, fields, r.Body)
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/echo/"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) //nolint:forbidigo // so a handler says that there is no answer
	}
	if len(body) > 0 {
		w.Header().Set("Content-Type", "text/x")
	}
	w.Header()["X-Amzn-ErrorType"] = []string{r.Header.Get("X-Said")}
	w.Header().Set("X-Two", " of\r\nlines ")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// serve runs a server, with rawhttp before it or without.
func serve(tb testing.TB, handler http.Handler, raw rawhttp.Handler) (addr string) {
	tb.Helper()
	return serveWithin(tb, handler, raw, raw != nil, time.Minute, time.Minute)
}

func serveWithin(
	tb testing.TB, handler http.Handler, raw rawhttp.Handler, before bool, head, idle time.Duration,
) (addr string) {
	tb.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: head, IdleTimeout: idle}
	listener := tcp
	if before {
		listener = &rawhttp.Listener{Listener: tcp, Handler: raw, MaxBody: 100_000, Head: head, Idle: idle}
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	tb.Cleanup(func() {
		server.Close()
		serving.Wait()
	})
	return tcp.Addr().String()
}

var date = regexp.MustCompile(`Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT`)

// talk sends texts, a write each, then nothing any more, and returns all that is answered.
func talk(t *testing.T, addr string, texts ...string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(2 * time.Minute))
	var sending sync.WaitGroup
	sending.Go(func() {
		for _, text := range texts {
			_, _ = io.WriteString(c, text) // a server that has seen enough does not read all
		}
		_ = c.(*net.TCPConn).CloseWrite()
	})
	answer, err := io.ReadAll(c)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) { // as whoever sends on after an end may be told
		t.Errorf("after %.300q: %v", answer, err)
	}
	sending.Wait()
	return date.ReplaceAllString(string(answer), "Date: ")
}

// Whatever a client sends, it reads the same bytes as from net/http.
func TestAnswersAreThoseOfNetHTTP(t *testing.T) {
	post := func(target, head, body string) string {
		return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: h:1\r\n%sContent-Length: %d\r\n\r\n%s", target, head, len(body), body)
	}
	plain := post("/echo/200", "x-said: a\r\n", "hello")
	get := "GET /other HTTP/1.1\r\nHost: h\r\n\r\n"
	long := strings.Repeat("y", 90_000)
	chunked := func(head string, texts ...string) string {
		return "POST /echo/200 HTTP/1.1\r\nHost: h\r\n" + head + "Transfer-Encoding: chunked\r\n\r\n" +
			strings.Join(texts, "\r\n") + "\r\n"
	}
	ffff := strings.Repeat("z", 0xffff)
	short := chunked("", "3", "abc", "00b", "0123456789a", "0", "")
	for name, tt := range map[string]struct {
		texts []string
		raw   int32 // of the requests are served here
	}{
		"plain":                     {[]string{plain}, 1},
		"a byte at a time":          {strings.Split(plain+plain, ""), 2},
		"one after the other":       {[]string{plain, plain, plain}, 3},
		"pipelined":                 {[]string{plain + plain + plain}, 3},
		"no body":                   {[]string{post("/echo/410", "", "")}, 1},
		"no length":                 {[]string{"POST /echo/200 HTTP/1.1\r\nHost: h\r\n\r\n" + plain}, 2},
		"no content":                {[]string{post("/echo/204", "", "")}, 1},
		"kept alive":                {[]string{post("/echo/202", "CONNECTION: Keep-Alive\r\n", "x"), plain}, 2},
		"statuses":                  {[]string{post("/echo/400", "", "x"), post("/echo/403", "", "x"), post("/echo/429", "", "{}")}, 3},
		"a long head":               {[]string{post("/echo/200", "l: "+strings.Repeat("z", 15_000)+"\r\n", "x"), plain}, 2},
		"escaped":                   {[]string{post("/echo/20%30", "", "")}, 0},
		"then another":              {[]string{plain + get + plain}, 1},
		"another first":             {[]string{get, plain}, 0},
		"not claimed":               {[]string{plain, post("/echo/200", "X-Foreign: 1\r\n", "x"), plain}, 1},
		"chunked":                   {[]string{plain, short, plain}, 3},
		"chunks a byte at a time":   {strings.Split(short+plain, ""), 2},
		"chunks pipelined":          {[]string{short + short + plain}, 3},
		"no chunks":                 {[]string{chunked("", "0", "") + plain}, 2},
		"a long body in chunks":     {[]string{strings.Replace(chunked("", "ffff", ffff, "3", "abc", "0", ""), "200", "204", 1), plain}, 2},
		"too long in chunks":        {[]string{plain, chunked("", "ffff", ffff, "ffff", ffff, "0", "")}, 1},
		"trailers that do not come": {[]string{chunked("Trailer: a, B\r\n", "3", "abc", "0", "") + plain}, 2},
		"trailers":                  {[]string{plain, chunked("Trailer: a\r\n", "3", "abc", "0", "a: b", "") + plain}, 1},
		"a trailer that may not be": {[]string{plain, chunked("Trailer: content-length\r\n", "3", "abc", "0", "")}, 1},
		"an extension":              {[]string{plain, chunked("", "3;a=b", "abc", "0", "") + plain}, 1},
		"a chunk that is too long":  {[]string{plain, chunked("", "3", "abcd", "0", "")}, 1},
		"an odd size":               {[]string{plain, chunked("", "0x3", "abc", "0", "")}, 1},
		"a huge size":               {[]string{plain, chunked("", "fffffffff", "abc", "0", "")}, 1},
		"chunks and a length":       {[]string{plain, chunked("Content-Length: 3\r\n", "3", "abc", "0", "")}, 1},
		"chunks twice":              {[]string{plain, chunked("Transfer-Encoding: chunked\r\n", "3", "abc", "0", "")}, 1},
		"chunks broken off":         {[]string{plain, short[:len(short)-2]}, 1},
		"expects":                   {[]string{plain, post("/echo/200", "Expect: 100-continue\r\n", "x")}, 1},
		"closes":                    {[]string{plain, post("/echo/200", "Connection: close\r\n", "x"), plain}, 1},
		"HTTP/1.0":                  {[]string{plain, strings.Replace(plain, "/1.1", "/1.0", 1)}, 1},
		"HEAD":                      {[]string{"HEAD /echo/200 HTTP/1.1\r\nHost: h\r\n\r\n"}, 0},
		"no host":                   {[]string{plain, "POST /echo/200 HTTP/1.1\r\nContent-Length: 0\r\n\r\n"}, 1},
		"two hosts":                 {[]string{post("/echo/200", "Host: i\r\n", "x")}, 0},
		"two lengths":               {[]string{post("/echo/200", "Content-Length: 2\r\n", "x")}, 0},
		"an odd length":             {[]string{"POST /echo/200 HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\nx"}, 0},
		"an odd name":               {[]string{post("/echo/200", "a b: c\r\n", "x")}, 0},
		"an odd value":              {[]string{post("/echo/200", "a: \x01\r\n", "x")}, 0},
		"an odd target":             {[]string{post("/echo/200%", "", "x")}, 0},
		"folded":                    {[]string{post("/echo/200", "X-Said: a\r\n b\r\n", "x")}, 0},
		"bare line feeds":           {[]string{"POST /echo/200 HTTP/1.1\nHost: h\nContent-Length: 1\n\nx"}, 0},
		"many fields":               {[]string{post("/echo/200", strings.Repeat("a: b\r\n", 80), "x")}, 0},
		"no HTTP":                   {[]string{"hello\r\n\r\n"}, 0},
		"broken off in its head":    {[]string{plain, plain[:20]}, 1},
		"broken off in its body":    {[]string{plain, plain[:len(plain)-1]}, 1},
		"broken off":                {[]string{plain[:1]}, 0},
		"nothing":                   {nil, 0},
		"over the bound of a head":  {[]string{post("/echo/200", "l: "+strings.Repeat("z", 20_000)+"\r\n", "x"), plain}, 0},
		"over the bound of a body":  {[]string{plain, post("/echo/200", "", strings.Repeat("z", 100_001))}, 1},
		"line breaks behind":        {[]string{plain + "\r\n" + plain, "\r", "\n", plain + "\n\n" + get + "\r\n"}, 3},
		"too many of them":          {[]string{plain + "\r\n\r\n\n" + plain}, 1},
		"a long body":               {[]string{post("/echo/204", "", long), post("/echo/204", "", long[1:])}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &echo{}
			want, got := talk(t, serve(t, e, nil), tt.texts...), talk(t, serve(t, e, e), tt.texts...)
			if got != want {
				t.Errorf("got %.2000q,\nwant %.2000q", got, want)
			}
			if n := e.served.Load(); n != tt.raw {
				t.Errorf("%d requests were served without net/http, want %d", n, tt.raw)
			}
		})
	}
}

// A head that is not plain is net/http's as soon as that shows: it answers some before their end, and
// others end in another way. The client says nothing more, and does not leave.
func TestWhatIsNotPlainIsNotWaitedFor(t *testing.T) {
	const plain = "POST /echo/204 HTTP/1.1\r\nHost: h\r\n\r\n"
	for name, text := range map[string]string{
		"bare line feeds":       "GET /other HTTP/1.1\nHost: h\n\n",
		"a bare one at the end": "GET /other HTTP/1.1\r\nHost: h\r\n\n",
		"one of ours":           "POST /echo/200 HTTP/1.1\nHost: h\nContent-Length: 1\n\nx",
		"HTTP/1.0":              "GET /other HTTP/1.0\n\n",
		"no HTTP":               "hello\r\n",
		"no field":              plain[:len(plain)-2] + "no field\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var answers []string
			for _, raw := range []bool{false, true} {
				e := &echo{}
				c := dial(t, serveWithin(t, e, e, raw, time.Hour, time.Hour))
				write(t, c, plain)
				answered(t, c, "204", 0)
				write(t, c, text)
				resp, err := http.ReadResponse(bufio.NewReader(c), nil)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil {
					t.Fatal(err)
				}
				answers = append(answers, resp.Status+" "+string(body))
			}
			if answers[0] != answers[1] {
				t.Errorf("got %q, want %q", answers[1], answers[0])
			}
		})
	}
}

func TestDateIsThePresent(t *testing.T) {
	addr := serve(t, &echo{}, bare{})
	for range 2 {
		before := time.Now().Truncate(time.Second)
		resp, err := http.Get("http://" + addr)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		got, err := http.ParseTime(resp.Header.Get("Date"))
		if err != nil || got.Before(before) || got.After(time.Now()) {
			t.Errorf("got %v, %v", got, err)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
