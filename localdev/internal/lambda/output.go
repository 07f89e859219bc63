package lambda

import (
	"bytes"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/trace"
)

const (
	maxLine  = 4096 // bytes; a longer line comes in pieces
	maxMarks = 1024 // in waiting, where the console takes nothing
	maxEarly = 20   // lines of an init that are kept for the event that it fails
)

// output writes what an instance's process prints, and Lambda's own lines where they belong: at the
// byte up to which the process had printed when the event began or ended. So the order does not
// depend on who runs first, and nobody waits for it: whoever has something to say leaves a mark. Of
// two goroutines one reads on until it is there, and the other writes what is marked after all that
// was printed.
type output struct {
	name string    // of the function
	out  io.Writer // a line a Write; a console that is gone is no reason to stop

	wake chan struct{} // there is a mark
	done chan struct{} // closed when all is written

	mu     sync.Mutex
	pipe   *pipe // nil before the process runs
	marks  fifo[mark]
	closed bool

	writing sync.Mutex // held while something is written, however long that takes
	passed  int64      // bytes
	line    []byte
	owner            // of the event that runs, or ran last
	early   [][]byte // forward's caller may read it once forward has returned
	memory  peak
	own     []byte // for the next lines of Lambda's own
	text    []byte // for the next line
}

// mark is something that happens when the process has printed so many bytes.
type mark struct {
	at     int64
	starts *owner  // what is printed from here on is its
	report *report // an event that is through, or a line about init
	passed chan struct{}
}

// owner is whose a line is.
type owner struct {
	id   string      // of the event, or "init"
	span *trace.Span // nil if nobody keeps it
	call *Call       // nil unless the Invoke API's caller asks for more
}

func newOutput(name string, out io.Writer) *output {
	if out == nil {
		out = io.Discard
	}
	return &output{
		name: name, out: out, owner: owner{id: "init"}, wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
}

// starts notes that an event does. Where nobody reads Lambda's own lines, that waits until
// something is printed.
func (o *output) starts(inv *invocation) {
	o.mark(mark{starts: &inv.owner})
}

// ends notes that an event is through.
func (o *output) ends(r *report, logged chan struct{}) {
	if o.heard(r.call) {
		o.mark(mark{report: r, passed: logged})
	}
}

// heard reports whether anybody reads Lambda's own lines about an event.
func (o *output) heard(call *Call) bool { return o.out != io.Discard || call != nil && call.Tail }

// mark leaves a mark behind what the process has printed so far. It never blocks.
func (o *output) mark(m mark) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.marks.len() >= maxMarks && m.passed == nil {
		if m.passed != nil {
			close(m.passed)
		}
		return
	}
	if o.pipe != nil {
		m.at = o.pipe.written()
	}
	if m.starts != nil && !o.heard(m.starts.call) {
		if o.marks.len() > 0 && o.marks.last().starts != nil && o.marks.last().at == m.at {
			*o.marks.last() = m // the one before has printed nothing
			return
		}
		o.marks.push(m)
		return
	}
	o.marks.push(m)
	o.poke()
}

func (o *output) poke() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// reached returns what is closed when all is written that the process has printed so far.
func (o *output) reached() <-chan struct{} {
	passed := make(chan struct{})
	o.mark(mark{passed: passed})
	return passed
}

// close writes what is left. Marks that come later are lost.
func (o *output) close() {
	o.mu.Lock()
	o.closed = true
	o.poke()
	o.mu.Unlock()
	<-o.done
}

// attach says where the process will print to.
func (o *output) attach(file *os.File) error {
	p, err := newPipe(file)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pipe = p
	return nil
}

// forward reads what the process prints until the file is closed or nobody can write to it any
// more.
func (o *output) forward() {
	buf := make([]byte, 2*maxLine)
	for {
		n, err := o.pipe.Read(buf)
		if n > 0 {
			o.print(buf[:n])
		}
		if n <= 0 || err != nil { // the end, or os.ErrClosed
			<-o.reached()
			return
		}
	}
}

// write writes what is marked, until all is.
func (o *output) write() {
	defer close(o.done)
	for over := false; !over; {
		<-o.wake
		o.writing.Lock()
		over = o.meet()
		o.writing.Unlock()
	}
}

// print writes what the process printed, and what is marked in between.
func (o *output) print(b []byte) {
	o.writing.Lock()
	defer o.writing.Unlock()
	for len(b) > 0 {
		o.meet()
		n := int64(len(b))
		o.mu.Lock()
		if o.marks.len() > 0 {
			n = min(n, o.marks.first().at-o.passed)
		}
		o.mu.Unlock()
		o.lines(b[:n])
		o.passed += n
		b = b[n:]
	}
	o.meet()
}

// meet does what is marked here, and reports whether that was the last. Its caller holds writing.
func (o *output) meet() (over bool) {
	for {
		o.mu.Lock()
		if o.marks.len() == 0 || o.marks.first().at > o.passed && !o.closed {
			over = o.closed
			o.mu.Unlock()
			return over
		}
		m := o.marks.pop()
		o.mu.Unlock()
		o.do(m)
	}
}

func (o *output) do(m mark) {
	if len(o.line) > 0 { // what was printed without a newline is a line by now
		o.say(o.line)
		o.line = o.line[:0]
	}
	switch {
	case m.starts != nil:
		o.owner = *m.starts
		o.platform(&report{id: o.id, started: true, call: o.call})
	case m.report != nil:
		m.report.usedMB = o.memory.of(m.report.pid)
		o.platform(m.report)
	}
	if m.passed != nil {
		close(m.passed)
	}
}

// platform writes lines of Lambda's own.
func (o *output) platform(r *report) {
	if !o.heard(r.call) {
		return
	}
	o.own = r.appendLines(o.own[:0])
	for line := range bytes.Lines(o.own) {
		line = line[:len(line)-1]
		r.call.add(line)
		o.put(r.id, line)
	}
}

func (o *output) put(id string, line []byte) {
	o.text = append(append(append(o.text[:0], o.name...), ' '), id...)
	o.text = append(append(append(o.text, ' '), line...), '\n')
	_, _ = o.out.Write(o.text)
}

// lines takes up what the process printed and says each line that is whole.
func (o *output) lines(b []byte) {
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n')
		whole := end >= 0
		if !whole {
			end = len(b)
		}
		if room := maxLine - len(o.line); end > room {
			o.say(append(o.line, b[:room]...))
			o.line, b = o.line[:0], b[room:]
			continue
		}
		o.line = append(o.line, b[:end]...)
		if !whole {
			return
		}
		if len(o.line) > 0 {
			o.say(o.line)
		}
		o.line, b = o.line[:0], b[end+1:]
	}
}

// say writes a line of the process as it is: people read it, and tools parse it.
func (o *output) say(line []byte) {
	o.span.Line(o.name, line)
	o.call.add(line)
	if o.id == "init" {
		o.early = append(o.early, slices.Clone(line))
		o.early = o.early[max(0, len(o.early)-maxEarly):]
	}
	o.put(o.id, line)
}

// peak is the most memory that the process was seen to use.
type peak struct {
	mb   int
	seen time.Time
}

func (p *peak) of(pid int) int {
	if time.Since(p.seen) > time.Second {
		if mb := peakMB(pid); mb > 0 {
			p.mb = mb
		}
		p.seen = time.Now()
	}
	return p.mb
}
