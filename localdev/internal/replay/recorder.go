package replay

import (
	"bufio"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// Recorder writes a recording. Its methods may be called at the same time. Make it with Record.
type Recorder struct {
	log     *slog.Logger
	began   time.Time
	quit    chan struct{}
	flusher sync.WaitGroup

	mu    sync.Mutex
	file  *os.File
	out   *bufio.Writer
	conns map[string]int // numbers of open connections, by ID
	count int
	over  bool
	err   error // the first; nothing is written after it
}

// Record starts a recording at path, over what was there. Only the user may read it. template is the template's path.
func Record(path, template string, log *slog.Logger) (*Recorder, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start the recording: %w", err)
	}
	if err := file.Chmod(0o600); err != nil { // it may have been there
		file.Close()
		return nil, fmt.Errorf("start the recording: %w", err)
	}
	r := &Recorder{
		log: log, began: time.Now(), quit: make(chan struct{}), file: file, out: bufio.NewWriterSize(file, 64<<10),
		conns: map[string]int{},
	}
	r.mu.Lock()
	r.write(header{version, template, warning})
	r.mu.Unlock()
	r.flusher.Go(r.flush)
	return r, nil
}

// flush writes what is buffered each second: a crash loses no more than that.
func (r *Recorder) flush() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-r.quit:
			return
		}
		r.mu.Lock()
		r.keep(r.out.Flush())
		r.mu.Unlock()
	}
}

// Close ends the recording. It is called once; what happens afterwards is not recorded.
func (r *Recorder) Close() {
	close(r.quit)
	r.flusher.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	r.keep(r.out.Flush())
	r.keep(r.file.Close())
}

// keep says the first error. The caller holds mu.
func (r *Recorder) keep(err error) {
	if err != nil && r.err == nil {
		r.err = err
		r.log.Error("the recording is incomplete", "file", r.file.Name(), "err", err)
	}
}

// write writes one line. The caller holds mu.
func (r *Recorder) write(v any) {
	if r.err != nil || r.over {
		return
	}
	line, err := encode(v)
	if err == nil {
		_, err = r.out.Write(line)
	}
	r.keep(err)
}

// add writes an event of a connection that is open.
func (r *Recorder) add(connection string, e event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, ok := r.conns[connection]
	if !ok {
		return
	}
	if e.Kind == kindClose || e.Kind == kindAnswer && e.Status != http.StatusSwitchingProtocols {
		delete(r.conns, connection)
	}
	e.Conn, e.At = n, time.Since(r.began).Milliseconds()
	r.write(e)
}

// Handshake records what a client asks for; stage is the path that it does so at. The headers'
// names are spelled as the client spelled them.
func (r *Recorder) Handshake(connection, stage, query string, headers map[string][]string) {
	e := event{Kind: kindOpen, Path: stage, Query: query, Headers: map[string][]string{}}
	for name, values := range headers {
		known := http.CanonicalHeaderKey(name)
		if isWorthReplaying(known) {
			e.Headers[name] = values
		}
		if known != "Sec-Websocket-Protocol" {
			continue
		}
		for _, list := range values {
			for protocol := range strings.SplitSeq(list, ",") {
				e.Protocols = append(e.Protocols, strings.TrimSpace(protocol))
			}
		}
	}
	r.mu.Lock()
	r.count++
	r.conns[connection] = r.count
	r.mu.Unlock()
	r.add(connection, e)
}

// isWorthReplaying says no to headers that are the connection's own or that every browser sends.
func isWorthReplaying(name string) bool {
	switch name {
	case "Host", "Connection", "Upgrade", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Content-Length",
		"Cache-Control", "Pragma", "Priority", "Dnt":
		return false
	}
	return !strings.HasPrefix(name, "Sec-") && !strings.HasPrefix(name, "Proxy-") && !strings.HasPrefix(name, "Accept")
}

// Answer records the status that a handshake got, and the subprotocol.
func (r *Recorder) Answer(connection string, status int, protocol string) {
	r.add(connection, event{Kind: kindAnswer, Status: status, Protocol: protocol})
}

// FromClient records a text message.
func (r *Recorder) FromClient(connection string, text []byte) {
	r.add(connection, event{Kind: kindClient, Text: string(text)})
}

// ToClient records a text message.
func (r *Recorder) ToClient(connection string, text []byte) {
	r.add(connection, event{Kind: kindServer, Text: string(text)})
}

// Closed records the end of a connection and whose doing it was: client, server, limit or fault.
func (r *Recorder) Closed(connection string, code int, reason, by string) {
	r.add(connection, event{Kind: kindClose, Code: code, Reason: reason, By: by})
}
