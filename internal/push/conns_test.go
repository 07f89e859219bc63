package push_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/push"
	"github.com/parley-rtc/parley/internal/rescue"
	"github.com/parley-rtc/parley/internal/signaling"
)

func send(t *testing.T, c *push.Client) {
	t.Helper()
	if err := c.Push(t.Context(), "R1kmxc2VNjMCFIA=", []byte("hello")); err != nil {
		t.Fatal(err)
	}
}

func TestConnectionsAreKept(t *testing.T) {
	s := serve(t, nil, ok200)
	c := client(options(s.url))
	for range 3 {
		send(t, c)
	}
	s.says(gone, with("429 Too Many Requests", "", "x-amzn-ErrorType: LimitExceededException"), ok200)
	if err := c.Push(t.Context(), "R1kmxc2VNjMCFIA=", []byte("x")); !errors.Is(err, signaling.ErrGone) {
		t.Fatal(err)
	}
	send(t, c) // with a second attempt, by the SDK
	send(t, c)
	heard := s.heard()
	if len(heard) != 7 || heard[5].byHand() {
		t.Fatalf("heard %v", heard)
	}
	if all := froms(append(heard[:5:5], heard[6])); len(all) != 1 {
		t.Errorf("requests came from %v", all)
	}
}

// A connection that the server has ended while it rested is noticed before it is written on: no push
// needs a second attempt for it, and none can come twice.
func TestAConnectionThatTheServerHasEndedIsNotUsed(t *testing.T) {
	s := serve(t, nil, ok200)
	c := client(options(s.url))
	for range 3 {
		send(t, c)
		s.endAll()
		until(t, "noticed", func() bool { return !c.Rests() })
	}
	send(t, c)
	s.says(ending)
	send(t, c)
	s.says(ok200)
	send(t, c)
	heard := s.heard()
	if len(heard) != 6 || len(froms(heard)) != 5 {
		t.Errorf("%d requests came on %d connections", len(heard), len(froms(heard)))
	}
	for i, a := range heard {
		if !a.byHand() {
			t.Errorf("request %d needed the SDK", i)
		}
	}
}

// The time of one push is over long before the next one comes.
func TestAConnectionOutlivesTheTimeOfAPush(t *testing.T) {
	s := serve(t, nil, ok200)
	c := client(options(s.url))
	for patience := 50 * time.Millisecond; ; patience *= 2 {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		err := c.Push(ctx, "R1kmxc2VNjMCFIA=", []byte("hello"))
		<-ctx.Done()
		cancel()
		if err == nil {
			break
		}
	}
	s.heard()
	before := s.accepted()
	send(t, c)
	if n := s.accepted() - before; n != 0 {
		t.Errorf("the next push needed %d connections more", n)
	}
}

// What lies between may have forgotten a connection that rested for long, and say nothing.
func TestAConnectionThatRestedForLongIsNotUsed(t *testing.T) {
	s := serve(t, nil, ok200)
	c := client(options(s.url))
	send(t, c)
	c.Age(60)
	send(t, c)
	c.Age(120)
	send(t, c)
	if all := froms(s.heard()); len(all) != 2 {
		t.Errorf("requests came from %v, want two connections", all)
	}
}

// A peer that is not there any more says nothing. The push ends by its own time, and the next one has
// another connection.
func TestAServerThatNeverAnswersCostsNoMoreThanTheTimeout(t *testing.T) {
	t.Parallel()
	s := serve(t, nil, ok200, hang, ok200)
	c := client(options(s.url))
	send(t, c)
	began := time.Now()
	err := c.Push(t.Context(), "R1kmxc2VNjMCFIA=", []byte("hello"))
	if took := time.Since(began); took < push.Timeout-time.Second/2 {
		t.Errorf("it took %v", took)
	}
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "the latest attempt: https response error") {
		t.Errorf("got %v", err)
	}
	send(t, c)
	if all := froms(s.heard()); len(all) != 2 {
		t.Errorf("requests came from %v, want two connections", all)
	}
}

func TestTheFirstConnectionCanBeMadeBefore(t *testing.T) {
	s := serve(t, nil, ok200)
	c := client(options(s.url))
	for range 2 {
		c.Open(t.Context())
	}
	if !c.Rests() {
		t.Fatal("there is none")
	}
	send(t, c)
	if n := s.accepted(); n != 1 {
		t.Errorf("%d connections were made", n)
	}
	client(options("http://127.0.0.1:1")).Open(t.Context()) // nobody is there, which is no matter yet
	client(options("http://127.0.0.1:1?x")).Open(t.Context())
}

func TestAPushEndsWithItsContext(t *testing.T) {
	s := serve(t, nil, hang)
	c := client(options(s.url))
	for range 10 {
		ctx, cancel := canceledThen(t.Context(), s)
		began := time.Now()
		err := c.Push(ctx, "R1kmxc2VNjMCFIA=", []byte("x"))
		took := time.Since(began)
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
		if took < push.Timeout {
			return // once is enough, as the machine may be busy
		}
	}
	t.Error("it always took until the timeout")
}

func TestARoomOf250IsReachedOnAFewConnections(t *testing.T) {
	var mu sync.Mutex
	got, conns, byHand := map[string]int{}, map[string]bool{}, 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got[r.URL.Path+string(body)]++
		conns[r.RemoteAddr] = true
		if r.UserAgent() == "parley" {
			byHand++
		}
	}))
	defer s.Close()
	c := client(options(s.URL + "/prod"))
	for range 2 {
		for i, err := range rescue.AtOnce(250, 32, func(i int) error {
			return c.Push(t.Context(), signaling.ConnID(fmt.Sprintf("peer%d=", i)), fmt.Appendf(nil, "to %d", i))
		}) {
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(got) != 250 || byHand != 500 || len(conns) > 32 {
		t.Errorf("%d peers got %d pushes on %d connections", len(got), byHand, len(conns))
	}
	for i := range 250 {
		if n := got[fmt.Sprintf("/prod/@connections/peer%d=to %d", i, i)]; n != 2 {
			t.Errorf("peer %d got %d frames", i, n)
		}
	}
}

// While one connection is made, others that are given back serve who waits.
func TestAPushWaitsForNoConnectionThatIsSlowToCome(t *testing.T) {
	s := serve(t, nil, ok200)
	c := client(options(s.url))
	send(t, c)
	release := c.HoldDial(time.Hour)
	done := make(chan error, 20)
	for range cap(done) {
		go func() { done <- c.Push(t.Context(), "R1kmxc2VNjMCFIA=", []byte("x")) }()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	release()
	if all := froms(s.heard()); len(all) != 1 {
		t.Errorf("requests came from %v", all)
	}
}

// A function may have been frozen while it shook hands.
func TestAPushDoesNotWaitForAConnectionThatNeverComes(t *testing.T) {
	s := serve(t, nil, ok200)
	c := client(options(s.url))
	defer c.HoldDial(time.Millisecond)()
	send(t, c)
	if heard := s.heard(); len(heard) != 1 || !heard[0].byHand() {
		t.Errorf("heard %v", heard)
	}
}

func TestAPushAllocatesLittle(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		for in := make([]byte, 4096); ; {
			if _, err := conn.Read(in); err != nil {
				return
			}
			if _, err := io.WriteString(conn, string(ok200)); err != nil {
				return
			}
		}
	}()
	c := client(options("http://" + l.Addr().String() + "/prod"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // as an event has it
	defer cancel()
	frame := []byte("hello")
	if got := testing.AllocsPerRun(100, func() {
		if err := c.Push(ctx, "R1kmxc2VNjMCFIA=", frame); err != nil {
			t.Fatal(err)
		}
	}); got > 2 {
		t.Errorf("%v allocations", got)
	}
}
