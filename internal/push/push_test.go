package push_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
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
	return push.New(apigatewaymanagementapi.New(apigatewaymanagementapi.Options{
		BaseEndpoint: aws.String("http" + strings.TrimPrefix(e.APIs[0].URL, "ws")),
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
	})), e.APIs[0].URL, "http://" + e.Addr + "/_localdev/connections"
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
	nowhere := "http://127.0.0.1:1" // no port that somebody else may be given
	c := push.New(apigatewaymanagementapi.New(apigatewaymanagementapi.Options{
		BaseEndpoint: &nowhere, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), RetryMaxAttempts: 100,
	}))
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
