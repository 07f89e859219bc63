package localdevtest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/parley-rtc/parley/localdev/localdevtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const template = "../emulator/testdata/template.yaml"

func dial(t *testing.T, l *localdevtest.Localdev) *websocket.Conn {
	t.Helper()
	c, _, err := websocket.Dial(t.Context(), l.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.CloseNow() })
	return c
}

func ask(t *testing.T, c *websocket.Conn, message string) string {
	t.Helper()
	if err := c.Write(t.Context(), websocket.MessageText, []byte(message)); err != nil {
		t.Fatal(err)
	}
	_, answer, err := c.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// TestExample is the package's documentation, run.
func TestExample(t *testing.T) {
	app := localdevtest.Start(t, localdevtest.Options{Template: template, Env: map[string]string{"COLOUR": "green"}})
	client := dial(t, app)
	if got := ask(t, client, `{"action":"ask","data":"hello"}`); got != "hello" {
		t.Errorf("got %s", got)
	}
	if b := app.Bill(); b.Connections != 1 || b.MessagesIn != 1 || b.MessagesOut != 1 || b.Invocations["actor"] != 1 || b.WRU == 0 || b.USD <= 0 {
		t.Errorf("got %+v", b)
	}
	if app.ResetBill(); app.Bill().MessagesIn != 0 {
		t.Error("the bill was not reset")
	}
	id := app.Connections()[0].ID
	if items := app.Table("Events"); len(items) != 1 || items[0]["connection"]["S"] != id {
		t.Errorf("got %v", items)
	}
	app.Weather(`{"fault": "crash", "route": "ask", "times": 1}`)
	if got := ask(t, client, `{"action":"ask"}`); !strings.Contains(got, "Internal server error") {
		t.Errorf("got %s", got)
	}
	app.Fair()
	app.Advance(11 * time.Minute)
	if _, _, err := client.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("got %v, want the idle limit", err)
	}
}

func TestCutAndDrop(t *testing.T) {
	app := localdevtest.Start(t, localdevtest.Options{Template: template})
	dial(t, app)
	cut := app.Connections()[0].ID
	app.Cut(cut)
	if got := ask(t, dial(t, app), fmt.Sprintf(`{"action":"ask","do":"post","to":%q,"data":"lost"}`, cut)); got != "lost" {
		t.Errorf("a push over a cut cable was not accepted: %s", got)
	}
	app.Drop(cut)
	if got := ask(t, dial(t, app), fmt.Sprintf(`{"action":"ask","do":"post","to":%q,"data":"410"}`, cut)); !strings.Contains(got, "Internal server error") {
		t.Errorf("a push to a socket that is gone was accepted: %s", got)
	}
}

func TestTenSideBySide(t *testing.T) {
	for i := range 10 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			app := localdevtest.Start(t, localdevtest.Options{Template: template})
			c := dial(t, app)
			for n := range 3 {
				if want := fmt.Sprintf("%d of %d", n, i); ask(t, c, `{"action":"ask","data":"`+want+`"}`) != want {
					t.Errorf("got another answer than %s", want)
				}
			}
			if n := len(app.Table("Events")); n != 1 {
				t.Errorf("got %d items, want those of one instance", n)
			}
			if n := len(app.Connections()); n != 1 {
				t.Errorf("got %d connections", n)
			}
		})
	}
}
