package lambda

import (
	"bytes"
	"io"
	"net"
	"strconv"
	"testing"
	"time"
)

// worker is a function that answers event after event, in the test's own goroutine and without
// allocating.
type worker struct {
	tb        testing.TB
	pool      *Pool
	conn      net.Conn
	in, out   []byte
	event     []byte
	answered  chan struct{}
	wasAnswer func([]byte, error)
}

func newWorker(tb testing.TB, output io.Writer) *worker {
	r := newRuntimeThatPrints(tb, time.Minute, output)
	w := &worker{
		tb: tb, pool: r.pool, conn: r.dial().conn, in: make([]byte, 16*1024), event: bytes.Repeat([]byte("1"), 1000),
		answered: make(chan struct{}, 1),
	}
	w.wasAnswer = func([]byte, error) { w.answered <- struct{}{} }
	return w
}

// round has one event run.
func (w *worker) round() {
	w.exchange("GET " + nextPath + " HTTP/1.1\r\nHost: 127.0.0.1:1234\r\nUser-Agent: a/1\r\n\r\n")
	w.pool.Start(w.tb.Context(), w.event, w.wasAnswer)
	head := w.read()
	_, id, _ := bytes.Cut(head, []byte("Request-Id: "))
	w.out = append(append(append(w.out[:0], "POST "+responsePrefix...), id[:36]...), responseSuffix+" HTTP/1.1\r\nHost: h\r\n"...)
	w.out = append(append(w.out, "Content-Length: "...), strconv.Itoa(len(`{"statusCode":200}`))...)
	w.out = append(w.out, "\r\n\r\n{\"statusCode\":200}"...)
	if _, err := w.conn.Write(w.out); err != nil {
		w.tb.Fatal(err)
	}
	w.read()
	<-w.answered
}

func (w *worker) exchange(request string) {
	w.out = append(w.out[:0], request...)
	if _, err := w.conn.Write(w.out); err != nil {
		w.tb.Fatal(err)
	}
}

// read reads an answer, which comes in one piece.
func (w *worker) read() []byte {
	n, err := w.conn.Read(w.in)
	if err != nil {
		w.tb.Fatal(err)
	}
	return w.in[:n]
}

// An event takes few allocations: itself, its ID, how its caller leaves, and some room.
func TestAnEventTakesFewAllocations(t *testing.T) {
	w := newWorker(t, io.Discard)
	if n := testing.AllocsPerRun(200, w.round); n > 8 {
		t.Errorf("got %v allocations an event, want 8 at most", n)
	}
}

// BenchmarkEvent is an event from Start until it is answered, without the function's own work, and
// with the lines that Lambda prints about it or without.
func BenchmarkEvent(b *testing.B) {
	for name, output := range map[string]io.Writer{"silent": io.Discard, "logged": struct{ io.Writer }{io.Discard}} {
		b.Run(name, func(b *testing.B) {
			w := newWorker(b, output)
			b.ReportAllocs()
			for b.Loop() {
				w.round()
			}
		})
	}
}
