package lambda

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/proc"
)

// asFunction has the test's own binary be a function, a real process that prints and answers as its
// event says.
const asFunction = "LOCALDEV_TEST_AS_FUNCTION"

// order is an event of it.
type order struct {
	Lines  int // to print: "0 of NAME", "1 of NAME" …
	Name   string
	Text   string // to print as it is
	Repeat int    // how often, at least once
	Fork   bool   // leave a child that goes on printing, and another one that only sleeps
	Exit   bool
	Spin   time.Duration // compute for that long
	Get    string        // a URL to fetch
}

func function() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + apiPrefix + "invocation/"
	for {
		resp, err := http.Get(api + "next")
		if err != nil {
			os.Exit(1)
		}
		var o order
		if err := json.NewDecoder(resp.Body).Decode(&o); err != nil {
			os.Exit(2)
		}
		resp.Body.Close()
		for n := range o.Lines {
			_, _ = fmt.Fprintf(os.Stdout, "%d of %s\n", n, o.Name)
		}
		for range max(1, o.Repeat) {
			_, _ = io.WriteString(os.Stdout, o.Text)
		}
		if o.Fork {
			for _, script := range []string{"while echo child; do :; done", "sleep 1000"} {
				child := exec.Command("sh", "-c", script)
				child.Stdout, child.Stderr = os.Stdout, os.Stderr
				if err := child.Start(); err != nil {
					os.Exit(3)
				}
			}
		}
		for began := time.Now(); time.Since(began) < o.Spin; {
			continue
		}
		if o.Get != "" {
			if resp, err := http.Get(o.Get); err == nil {
				resp.Body.Close()
			}
		}
		if o.Exit {
			os.Exit(4)
		}
		done, err := http.Post(api+resp.Header.Get("Lambda-Runtime-Aws-Request-Id")+"/response", "", strings.NewReader(`"done"`))
		if err != nil {
			os.Exit(1)
		}
		done.Body.Close()
	}
}

// console keeps lines, each of which must come in one Write. While it is locked it takes none.
type console struct {
	mu    sync.Mutex
	lines []string
}

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !bytes.HasSuffix(p, []byte("\n")) {
		return 0, fmt.Errorf("not a line: %q", p)
	}
	c.lines = append(c.lines, string(p[:len(p)-1]))
	return len(p), nil
}

// of returns the lines of each request, without function and request ID, in the order in which they
// came.
func (c *console) of() map[string][]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string][]string{}
	for _, line := range c.lines {
		_, rest, _ := strings.Cut(line, " ")
		id, text, _ := strings.Cut(rest, " ")
		out[id] = append(out[id], text)
	}
	return out
}

// printing runs the function, and returns what it printed when all of it is gone.
func printing(t *testing.T, work func(invoke func(order) error)) map[string][]string {
	t.Helper()
	return printingTo(t, &console{}, work)
}

// newPrinting is a pool of that function.
func newPrinting(starter *proc.Starter, out io.Writer) *Pool {
	return New(Function{
		Name: "f", Label: "f", Timeout: 5 * time.Minute, MemoryMB: 128, Environment: map[string]string{asFunction: "1"},
	}, os.Args[0], Options{Starter: starter, Keys: &Keys{}, Meter: noMeter{}, Log: slog.New(slog.DiscardHandler), Output: out})
}

func printingTo(t *testing.T, out *console, work func(invoke func(order) error)) map[string][]string {
	t.Helper()
	pool := newPrinting(proc.NewStarter(), out)
	defer pool.opt.Starter.Close()
	defer pool.Close()
	work(func(o order) error {
		event, err := json.Marshal(o)
		if err != nil {
			return err
		}
		_, err = pool.Invoke(t.Context(), event)
		return err
	})
	pool.Close()
	return out.of()
}

// wantWhole checks that a request has its own three lines at their places, and returns those in
// between.
func wantWhole(t *testing.T, lines []string) []string {
	t.Helper()
	n := len(lines)
	if n < 3 || !strings.HasPrefix(lines[0], "START ") || !strings.HasPrefix(lines[n-2], "END ") || !strings.HasPrefix(lines[n-1], "REPORT ") {
		t.Fatalf("got %d lines, want START first, END and REPORT last: %.1000q", n, lines)
	}
	return lines[1 : n-2]
}

func TestWhatIsPrintedBeforeTheAnswerStandsBeforeItsReport(t *testing.T) {
	const senders, events, printed = 8, 25, 5
	all := printing(t, func(invoke func(order) error) {
		var running sync.WaitGroup
		for s := range senders {
			running.Go(func() {
				for e := range events {
					if err := invoke(order{Lines: printed, Name: fmt.Sprintf("%d-%d", s, e)}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		running.Wait()
	})
	if len(all) != senders*events {
		t.Errorf("got %d requests, want %d", len(all), senders*events)
	}
	for _, lines := range all {
		got := wantWhole(t, lines)
		_, name, _ := strings.Cut(got[0], " of ")
		for n := range printed {
			if len(got) != printed || got[n] != fmt.Sprintf("%d of %s", n, name) {
				t.Fatalf("got %q", got)
			}
		}
	}
}

// The answer does not wait for the log, and the log is in order all the same.
func TestAConsoleThatTakesNothingHoldsUpNoAnswer(t *testing.T) {
	const printed = 2000 // more than is read at once, and less than a pipe holds
	out := &console{}
	all := printingTo(t, out, func(invoke func(order) error) {
		out.mu.Lock()
		defer out.mu.Unlock()
		if err := invoke(order{Lines: printed, Name: "it"}); err != nil {
			t.Error(err)
		}
	})
	for _, lines := range all {
		if got := wantWhole(t, lines); len(got) != printed {
			t.Errorf("got %d lines, want %d", len(got), printed)
		}
	}
}

func TestOddOutputIsWholeAndHangsNothing(t *testing.T) {
	for name, o := range map[string]order{
		"a megabyte in lines":          {Text: strings.Repeat("x", 1023) + "\n", Repeat: 1024},
		"a megabyte without a newline": {Text: strings.Repeat("y", 1024), Repeat: 1024},
		"no newline":                   {Text: "the end"},
		"only newlines":                {Text: "\n\n\n"},
		"binary":                       {Text: "\x00\x01\xff\r\x1b[0m\n\x80"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, lines := range printing(t, func(invoke func(order) error) {
				if err := invoke(o); err != nil {
					t.Error(err)
				}
			}) {
				got := strings.Join(wantWhole(t, lines), "")
				decoded := o // JSON has made valid UTF-8 of it
				b, _ := json.Marshal(o)
				_ = json.Unmarshal(b, &decoded)
				want := strings.ReplaceAll(strings.Repeat(decoded.Text, max(1, o.Repeat)), "\n", "")
				if got != want {
					t.Errorf("got %d bytes, want %d", len(got), len(want))
				}
			}
		})
	}
}

func TestChildrenThatGoOnPrintingHoldUpNothing(t *testing.T) {
	all := printing(t, func(invoke func(order) error) {
		for range 5 {
			if err := invoke(order{Lines: 1, Name: "parent", Fork: true}); err != nil {
				t.Error(err)
			}
		}
		if err := invoke(order{Lines: 1, Name: "last", Exit: true}); err == nil {
			t.Error("the exit was no failure")
		}
	})
	if len(all) != 6 {
		t.Errorf("got %d requests, want 6", len(all))
	}
	for _, lines := range all {
		text := strings.Join(lines, "\n")
		end := strings.Index(text, "\nEND ")
		if i := strings.Index(text, "0 of "); i < 0 || end < i || !strings.Contains(text[end:], "\nREPORT ") {
			t.Errorf("got %.300s", text)
		}
	}
}
