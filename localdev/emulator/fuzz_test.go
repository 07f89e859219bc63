package emulator_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// FuzzFrames lets a client write any bytes where frames should be, to an API whose routes answer by themselves. Whatever it
// is, the emulator goes on serving others.
func FuzzFrames(f *testing.F) {
	text := ws.MustCompileFrame(ws.MaskFrameInPlace(ws.NewTextFrame([]byte(`{"action":"ping"}`))))
	f.Add(text)
	f.Add(append(ws.MustCompileFrame(ws.MaskFrameInPlace(ws.NewFrame(ws.OpText, false, []byte(`{"act`)))), text...))
	f.Add(ws.MustCompileFrame(ws.MaskFrameInPlace(ws.NewCloseFrame(ws.NewCloseFrameBody(1000, "bye")))))
	f.Add([]byte{0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4})
	f.Add([]byte{0x89, 0x80, 0, 0, 0, 0, 0x82, 0x80, 0, 0, 0, 0})
	e, err := emulator.Start(context.Background(), emulator.Options{Template: "testdata/facts.yaml"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		e.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	var url string
	for _, api := range e.APIs {
		if api.Name == "mapped" {
			url = api.URL
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		broken := dialRaw(t, url)
		_, _ = broken.Write(raw) // it may have been closed before all was written
		_ = broken.(*net.TCPConn).CloseWrite()
		if _, err := io.Copy(io.Discard, broken); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Fatalf("it neither answers nor closes: %v", err)
		}
		_ = broken.Close()
		other := dialRaw(t, url)
		defer other.Close()
		if err := wsutil.WriteClientText(other, []byte(`{"action":"ping"}`)); err != nil {
			t.Fatal(err)
		}
		if answer, err := wsutil.ReadServerText(other); err != nil || len(answer) == 0 {
			t.Fatalf("another client got %q, %v", answer, err)
		}
	})
}

// dialRaw returns a socket behind its handshake.
func dialRaw(t *testing.T, url string) net.Conn {
	t.Helper()
	conn, _, _, err := ws.Dial(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}
