package runtimeapi_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/runtimeapi"
)

func TestAnEventAllocatesLittle(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go serveEvents(l)
	response := []byte("{}")
	one := runtimeapi.One(l.Addr().String(), func(context.Context, []byte) ([]byte, error) { return response, nil })
	allocated := testing.AllocsPerRun(100, func() {
		if err := one(); err != nil {
			t.Fatal(err)
		}
	})
	if allocated > 15 { // for the context, most of them
		t.Errorf("%v allocations", allocated)
	}
}

func TestWhatIsToBeginOnceTheFirstEventIsAskedFor(t *testing.T) {
	sent, began, events := make(chan struct{}), make(chan struct{}), 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		if events++; events == 1 {
			close(sent)
			wait(t, began)
		}
		w.Header().Set(deadline, "1935410303419")
	}))
	defer server.Close()
	one := runtimeapi.One(server.Listener.Addr().String(),
		func(context.Context, []byte) ([]byte, error) { return nil, nil },
		func() { wait(t, sent) }, func() { close(began) }) // once, as another time would fail
	for range 2 {
		if err := one(); err != nil {
			t.Fatal(err)
		}
	}
}

func wait(t *testing.T, c chan struct{}) {
	select {
	case <-c:
	case <-time.After(patience):
		t.Error("waited for too long")
	}
}

// serveEvents is a Runtime API that has the same event for ever, and allocates nothing for it.
func serveEvents(l net.Listener) {
	conn, err := l.Accept()
	if err != nil {
		return
	}
	defer conn.Close()
	e := event(`{}`)
	given := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n", len(e.body))
	for name, value := range e.header {
		given = fmt.Appendf(given, "%s: %s\r\n", name, value)
	}
	given = append(given, "\r\n"+e.body...)
	taken := []byte("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
	for in := make([]byte, 4096); ; {
		n, err := conn.Read(in) // a request comes in one piece
		if err != nil {
			return
		}
		said := given
		if bytes.HasPrefix(in[:n], []byte("POST")) {
			said = taken
		}
		if _, err := conn.Write(said); err != nil {
			return
		}
	}
}
