package push_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"

	"github.com/parley-rtc/parley/internal/push"
	"github.com/parley-rtc/parley/internal/roots"
)

// say is one of the answers of a script. After it the connection goes on, unless the script says
// otherwise.
type say string

// What a script may do in the place of an answer.
const (
	end    say = "end"   // the connection, with no answer
	reset  say = "reset" // likewise, as who is not there any more does
	hang   say = "hang"  // until the client goes
	ok200  say = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	gone   say = "HTTP/1.1 410 Gone\r\nx-amzn-ErrorType: GoneException\r\nContent-Length: 0\r\n\r\n"
	ending say = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)

// asked is a request as it came.
type asked struct {
	path, from string
	body       []byte
	header     http.Header
}

// byHand reports whether the SDK's client had no part in a request.
func (a asked) byHand() bool { return a.header.Get("User-Agent") == "parley" }

// server answers each request by the next line of its script, the last one for all that follow.
type server struct {
	url string

	mu     sync.Mutex
	script []say
	asked  []asked
	conns  map[net.Conn]bool
	taken  int
	came   chan struct{} // has room for one: a request came
}

func serve(t testing.TB, config *tls.Config, script ...say) *server {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{url: "http://" + l.Addr().String() + "/prod", script: script, conns: map[net.Conn]bool{}, came: make(chan struct{}, 1)}
	if config != nil {
		l, s.url = tls.NewListener(l, config), "https"+strings.TrimPrefix(s.url, "http")
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[conn] = true
			s.taken++
			s.mu.Unlock()
			serving.Go(func() { s.converse(conn) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		s.endAll()
		serving.Wait()
	})
	return s
}

func (s *server) converse(conn net.Conn) {
	defer func() {
		conn.Close()
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
	}()
	for r := bufio.NewReader(conn); ; {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.asked = append(s.asked, asked{req.Method + " " + req.RequestURI, conn.RemoteAddr().String(), body, req.Header})
		now := s.script[0]
		if len(s.script) > 1 {
			s.script = s.script[1:]
		}
		s.mu.Unlock()
		select {
		case s.came <- struct{}{}:
		default:
		}
		switch now {
		case end:
			return
		case reset:
			under := conn
			if secure, ok := conn.(*tls.Conn); ok {
				under = secure.NetConn()
			}
			_ = under.(*net.TCPConn).SetLinger(0)
			return
		case hang:
			_, _ = io.Copy(io.Discard, r)
			return
		}
		if _, err := io.WriteString(conn, string(now)); err != nil || strings.Contains(string(now), "Connection: close") {
			return
		}
	}
}

// endAll ends all connections, and returns when the clients can know.
func (s *server) endAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		conn.Close()
	}
}

// heard returns what was asked, and forgets it.
func (s *server) heard() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	heard := s.asked
	s.asked = nil
	return heard
}

// onAsked calls do with the next request, if one comes while ctx lasts.
func (s *server) onAsked(ctx context.Context, do func()) {
	select {
	case <-s.came:
		do()
	case <-ctx.Done():
	}
}

// accepted is how many connections came.
func (s *server) accepted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

func (s *server) says(script ...say) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = script
}

// options are those of a function on AWS, but that no try waits for long.
func options(endpoint string) apigatewaymanagementapi.Options {
	return apigatewaymanagementapi.Options{
		BaseEndpoint: &endpoint, Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", "token"),
		Retryer:     retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = 4, time.Millisecond }),
	}
}

func client(o apigatewaymanagementapi.Options) *push.Client {
	return push.New(push.Stage{
		Endpoint: *o.BaseEndpoint, Region: o.Region, Credentials: o.Credentials, Trusted: roots.New(os.Getenv), Env: os.Getenv,
		HTTP: awshttp.NewBuildableClient(), Retryer: func() aws.Retryer { return o.Retryer },
	})
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

// failing are credentials that are not to be had.
type failing struct{}

func (failing) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{}, errors.New("no credentials")
}

// froms are the connections that requests came on.
func froms(heard []asked) []string {
	var list []string
	for _, a := range heard {
		if !slices.Contains(list, a.from) {
			list = append(list, a.from)
		}
	}
	return list
}

func same(a, b []asked) bool {
	return slices.EqualFunc(a, b, func(a, b asked) bool { return a.path == b.path && bytes.Equal(a.body, b.body) })
}
