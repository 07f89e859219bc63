package runtimeapi_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"testing"

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
	if allocated > 20 { // for the context, most of them
		t.Errorf("%v allocations", allocated)
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
