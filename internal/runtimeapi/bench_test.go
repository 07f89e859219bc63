package runtimeapi_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"
)

// BenchmarkLoop is the processor time that a function spends on an event with which it does nothing,
// with the loop of ours and that of aws-lambda-go, at a memory of 256 MB.
func BenchmarkLoop(b *testing.B) {
	for _, loop := range []string{"ours", "theirs"} {
		b.Run(loop, func(b *testing.B) {
			start := processorTime(b, loop, 1)
			b.ResetTimer()
			took := processorTime(b, loop, b.N+1) - start
			b.ReportMetric(float64(took.Nanoseconds())/float64(b.N)/1000, "cpu-µs/event")
		})
	}
}

// processorTime returns that of a function's whole life, in which it has so many events.
func processorTime(b *testing.B, loop string, events int) time.Duration {
	l, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	cmd := exec.CommandContext(b.Context(), os.Args[0])
	cmd.Env = []string{
		whose + "=" + loop, "AWS_LAMBDA_RUNTIME_API=" + l.Addr().String(), "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256",
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	r := bufio.NewReader(conn)
	e := event(`{"do":"nothing"}`)
	given := "HTTP/1.1 200 OK\r\n"
	for name, value := range e.header {
		given += name + ": " + value + "\r\n"
	}
	given += fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(e.body), e.body)
	for range events {
		for _, say := range []string{given, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"} {
			req, err := http.ReadRequest(r)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := r.Discard(int(max(req.ContentLength, 0))); err != nil {
				b.Fatal(err)
			}
			if req.ContentLength < 0 { // in chunks
				for line := ""; line != "0\r\n"; {
					if line, err = r.ReadString('\n'); err != nil {
						b.Fatal(err)
					}
				}
				if _, err := r.ReadString('\n'); err != nil {
					b.Fatal(err)
				}
			}
			if _, err := conn.Write([]byte(say)); err != nil {
				b.Fatal(err)
			}
		}
	}
	conn.Close()
	l.Close()
	_ = cmd.Wait() // it finds nobody any more
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}
