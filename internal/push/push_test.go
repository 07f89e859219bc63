package push_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/internal/push"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/localdev/emulator"
)

// stage returns a Client of a real stage, and the URLs of its sockets and of its console.
func stage(t *testing.T) (c *push.Client, ws, console string) {
	t.Helper()
	e, err := emulator.Start(context.Background(), emulator.Options{Template: "../../template.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return client(options("http" + strings.TrimPrefix(e.APIs[0].URL, "ws"))), e.APIs[0].URL, "http://" + e.Addr + "/_localdev/connections"
}

func TestPushAndProbe(t *testing.T) {
	c, ws, console := stage(t)
	socket, _, err := websocket.Dial(t.Context(), ws, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.CloseNow()
	conn := onlyConnection(t, console)
	if err := c.Probe(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	if err := c.Push(t.Context(), conn, []byte(`{"hello":"é"}`)); err != nil {
		t.Fatal(err)
	}
	if kind, got, err := socket.Read(t.Context()); err != nil || kind != websocket.MessageText || string(got) != `{"hello":"é"}` {
		t.Fatalf("got %v %q, %v", kind, got, err)
	}
	if err := c.Push(t.Context(), conn, make([]byte, signaling.MaxFrame+1)); err == nil || errors.Is(err, signaling.ErrGone) {
		t.Fatalf("a frame over the limit: got %v", err)
	}
}

// What API Gateway throttles or fails is repeated, and comes once all the same.
func TestPushesInBadWeather(t *testing.T) {
	c, ws, console := stage(t)
	socket, _, err := websocket.Dial(t.Context(), ws, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.CloseNow()
	conn := onlyConnection(t, console)
	rule := func(text string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, strings.TrimSuffix(console, "connections")+"weather", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode/100 != 2 {
			t.Fatalf("%s: %s", text, resp.Status)
		}
	}
	rule(`{"fault": "push-429", "every": 2, "times": 6}`)
	rule(`{"fault": "push-500", "every": 3, "times": 6}`)
	for i := range 20 {
		want := fmt.Sprintf("frame %d", i)
		if err := c.Push(t.Context(), conn, []byte(want)); err != nil {
			t.Fatal(err)
		}
		if _, got, err := socket.Read(t.Context()); err != nil || string(got) != want {
			t.Fatalf("got %q, %v, want %s", got, err, want)
		}
	}
	rule(`{"fault": "push-410", "times": 1}`)
	if err := c.Push(t.Context(), conn, []byte("x")); !errors.Is(err, signaling.ErrGone) {
		t.Errorf("gone: got %v", err)
	}
	rule(`{"fault": "push-slow", "delay": "1m", "times": 1}`)
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := c.Push(short, conn, []byte("late")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("slow: got %v", err)
	}
}

func TestClose(t *testing.T) {
	c, ws, console := stage(t)
	socket, _, err := websocket.Dial(t.Context(), ws, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.CloseNow()
	conn := onlyConnection(t, console)
	for range 2 { // the second finds nothing to close, which is as good
		if err := c.Close(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := socket.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		t.Fatalf("got %v, want a close frame", err)
	}
}

func TestAPushThatRunsOutOfTimeSaysWhy(t *testing.T) {
	t.Parallel()
	nowhere := "http://127.0.0.1:1" // no port that somebody else may be given
	o := options(nowhere)
	o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = 100 })
	c := client(o)
	if err := c.Push(t.Context(), "R1kmxc2VNjMCFIA=", []byte("x")); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Fatalf("got %v, want that nobody listens there", err)
	}
}

func TestAnUnknownConnectionIsGone(t *testing.T) {
	c, _, _ := stage(t)
	if err := c.Push(t.Context(), "R1kmxc2VNjMCFIA=", []byte("x")); !errors.Is(err, signaling.ErrGone) {
		t.Fatalf("push: got %v, want ErrGone", err)
	}
	if err := c.Probe(t.Context(), "R1kmxc2VNjMCFIA="); !errors.Is(err, signaling.ErrGone) {
		t.Fatalf("probe: got %v, want ErrGone", err)
	}
}

func onlyConnection(t *testing.T, console string) signaling.ConnID {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, console, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(body), `"connectionId":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return signaling.ConnID(id)
}
