package lambda

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// wire is a connection to a Runtime API, to see what it says to the byte.
type wire struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func (r *runtimeClient) dial() wire {
	r.t.Helper()
	addr, _, _ := strings.Cut(strings.TrimPrefix(r.url, "http://"), "/")
	c, err := net.Dial("tcp", addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(2 * time.Minute))
	return wire{r.t, c, bufio.NewReader(c)}
}

// ask sends a request, in a form that is left to net/http or in the plain one, and returns the
// answer.
func (w wire) ask(plain bool, method, path, body string) string {
	w.t.Helper()
	more := ""
	if !plain {
		more = "Upgrade: none\r\n"
	}
	if method == "POST" {
		more += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	if _, err := io.WriteString(w.conn, method+" "+apiPrefix+path+" HTTP/1.1\r\nHost: h\r\n"+more+"\r\n"+body); err != nil {
		w.t.Fatal(err)
	}
	var text strings.Builder
	length := 0
	for {
		line, err := w.in.ReadString('\n')
		if err != nil {
			w.t.Fatalf("after %q: %v", text.String(), err)
		}
		text.WriteString(line)
		if value, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			length, _ = strconv.Atoi(strings.TrimSpace(value))
		}
		if line == "\r\n" {
			break
		}
	}
	if _, err := io.CopyN(&text, w.in, int64(length)); err != nil {
		w.t.Fatal(err)
	}
	return text.String()
}

var (
	own       = regexp.MustCompile(`(?m)^(Date|Lambda-Runtime-(Deadline-Ms|Trace-Id|Aws-Request-Id)): .*\r$`)
	requestID = regexp.MustCompile(`Lambda-Runtime-Aws-Request-Id: (\S+)`)
)

// What is served without net/http is, but for the place of Content-Length, what that writes.
func TestTheRuntimeAPIIsTheSameWithoutNetHTTP(t *testing.T) {
	const length = "Content-Length"
	var told [2][]string
	for i, plain := range []bool{true, false} {
		r := newRuntime(t, time.Minute)
		w := r.dial()
		tell := func(method, path, body string) string {
			answer := w.ask(plain, method, path, body)
			head, rest, _ := strings.Cut(answer, "\r\n\r\n")
			lines := strings.Split(own.ReplaceAllString(head+"\r\n", "$1: \r"), "\n")
			for at, line := range lines {
				if strings.HasPrefix(line, length) {
					lines = append(append(lines[:at:at], lines[at+1:]...), line)
					break
				}
			}
			told[i] = append(told[i], strings.Join(lines, "\n")+"\n"+rest)
			return answer
		}
		tell("POST", "invocation/none/response", "{}")
		for _, event := range []string{"{}", strings.Repeat(" ", 3000) + "{}", strings.Repeat(" ", 1_000_000) + "{}"} {
			ctx := WithCall(context.WithoutCancel(t.Context()), &Call{ClientContext: "{\n\"a\":1} "})
			done := make(chan result, 1)
			r.pool.Start(ctx, []byte(event), func(answer []byte, err error) { done <- result{[]byte(string(answer)), err} })
			id := requestID.FindStringSubmatch(tell("GET", "invocation/next", ""))[1]
			tell("GET", "invocation/next", "")
			tell("POST", "invocation/another/response", "{}")
			tell("POST", "invocation/"+id+"/response", event)
			if got := <-done; string(got.answer) != event || got.err != nil {
				t.Errorf("got %.50q, %v", got.answer, got.err)
			}
		}
	}
	for i, got := range told[0] {
		if want := told[1][i]; got != want {
			t.Errorf("got %.700q,\nwant %.700q", got, want)
		}
	}
}

// idles returns when the instance waits for an event.
func (r *runtimeClient) idles() {
	eventually(r.t, r.pool, func() bool { return r.in.state == idle })
}

// eventually waits for something that is under the pool's lock.
func eventually(t testing.TB, pool *Pool, so func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for late := time.After(2 * time.Minute); ; {
		pool.mu.Lock()
		ok := so()
		pool.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("it does not come to that")
		}
	}
}

// An event for an instance that waits is written by whoever submits it, however long it is and
// whoever serves the connection.
func TestWhoWaitsGetsTheEvent(t *testing.T) {
	for _, plain := range []bool{true, false} {
		r := newRuntime(t, time.Minute)
		w := r.dial()
		for _, length := range []int{0, direct, direct + 1, 2_000_000} {
			got := make(chan string, 1)
			go func() { got <- w.ask(plain, "GET", "invocation/next", "") }()
			r.idles()
			event := "{" + strings.Repeat(" ", length) + "}"
			done := r.invoke(event)
			answer := <-got
			if !strings.HasSuffix(answer, "\r\n\r\n"+event) {
				t.Errorf("got %.700q", answer)
			}
			w.ask(plain, "POST", "invocation/"+requestID.FindStringSubmatch(answer)[1]+"/response", "1")
			if got := <-done; string(got.answer) != "1" || got.err != nil {
				t.Errorf("got %q, %v", got.answer, got.err)
			}
		}
	}
}

// A function that no longer waits gets no event.
func TestWhoLeavesGetsNoEvent(t *testing.T) {
	for _, more := range []string{"", "Upgrade: none\r\n"} {
		r := newRuntime(t, time.Minute)
		w := r.dial()
		if _, err := io.WriteString(w.conn, "GET "+nextPath+" HTTP/1.1\r\nHost: h\r\n"+more+"\r\n"); err != nil {
			t.Fatal(err)
		}
		r.idles()
		w.conn.Close()
		eventually(t, r.pool, func() bool { return r.in.state == doomed && len(r.pool.idle) == 0 })
	}
}

func TestWhoLeavesIsToldAllTheSame(t *testing.T) {
	r := newRuntime(t, time.Minute)
	done := make(chan result, 1)
	leave := r.pool.Start(t.Context(), []byte(`"late"`), func(answer []byte, err error) { done <- result{[]byte(string(answer)), err} })
	leave()
	w := r.dial()
	answer := w.ask(true, http.MethodGet, "invocation/next", "")
	w.ask(true, http.MethodPost, "invocation/"+requestID.FindStringSubmatch(answer)[1]+"/response", "1")
	if got := <-done; string(got.answer) != "1" || got.err != nil {
		t.Errorf("got %q, %v", got.answer, got.err)
	}
}

// Clients that write in other ways are understood on the connection on which they wrote plainly
// before: those that wait to be asked for a body, send one in pieces, or fail half-way through it.
func TestResponsesOfOtherClients(t *testing.T) {
	const failed = "Transfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type\r\n\r\n" +
		"3\r\n\"an\r\n0\r\nLambda-Runtime-Function-Error-Type: Mine\r\n\r\n"
	for name, tt := range map[string]struct {
		first, then string // of the request behind its first line
		want        string
	}{
		"expects to be asked": {"Expect: 100-continue\r\nContent-Length: 8\r\n\r\n", `"answer"`, `"answer"`},
		"in pieces":           {"Transfer-Encoding: chunked\r\n\r\n4\r\n\"ans\r\n", "4\r\nwer\"\r\n0\r\n\r\n", `"answer"`},
		"fails half-way":      {failed, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRuntime(t, time.Minute)
			w := r.dial()
			for range 2 {
				done := r.invoke(`{}`)
				id := requestID.FindStringSubmatch(w.ask(true, "GET", "invocation/next", ""))[1]
				write := func(text string) {
					if _, err := io.WriteString(w.conn, text); err != nil {
						t.Fatal(err)
					}
				}
				write("POST " + responsePrefix + id + responseSuffix + " HTTP/1.1\r\nHost: h\r\n" + tt.first)
				if strings.HasPrefix(tt.first, "Expect") {
					if line, err := w.in.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
						t.Fatalf("got %q, %v", line, err)
					}
					_, _ = w.in.ReadString('\n')
				}
				write(tt.then)
				if line, err := w.in.ReadString('\n'); err != nil || line != "HTTP/1.1 202 Accepted\r\n" {
					t.Fatalf("got %q, %v", line, err)
				}
				for line := ""; line != accepted; {
					var err error
					if line, err = w.in.ReadString('\n'); err != nil {
						t.Fatal(err)
					}
				}
				got := <-done
				var failure *Error
				if string(got.answer) != tt.want || (errors.As(got.err, &failure) && failure.Type == "Mine") != (tt.want == "") {
					t.Errorf("got %s, %v", got.answer, got.err)
				}
			}
		})
	}
}

// A response that is cut short is one, and fails, whoever serves the connection.
func TestAResponseThatIsCutShort(t *testing.T) {
	for _, more := range []string{"", "Upgrade: none\r\n"} {
		r := newRuntime(t, time.Minute)
		w := r.dial()
		done := r.invoke(`{}`)
		id := requestID.FindStringSubmatch(w.ask(true, "GET", "invocation/next", ""))[1]
		text := "POST " + responsePrefix + id + responseSuffix + " HTTP/1.1\r\nHost: h\r\n" + more +
			"Content-Length: 9\r\n\r\n\"ans"
		if _, err := io.WriteString(w.conn, text); err != nil {
			t.Fatal(err)
		}
		w.conn.Close()
		var failure *Error
		if got := <-done; !errors.As(got.err, &failure) || failure.Type != "Runtime.TruncatedResponse" {
			t.Errorf("got %s, %v", got.answer, got.err)
		}
	}
}
