package emulator_test

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestBill(t *testing.T) {
	w := start(t)
	a := w.dial("")
	b := w.dial("")
	a.do("act", map[string]any{"do": "post", "to": b.id, "data": "hi"})
	b.text()
	a.send(`{"action":"nowhere","fill":"` + strings.Repeat("x", 32_000) + `"}`) // Forbidden comes back
	a.text()
	w.http("POST", "/prod/@connections/"+b.id, strings.Repeat("x", 65_537))
	b.text()
	w.eventually("the end of the run, which may come after what it sent", func() bool {
		_, after, _ := strings.Cut(w.log.String(), "\nActor ")
		return strings.Contains(after, " REPORT ")
	})
	bill := w.bill()
	wantKeys(t, bill, "connections", "connectionMinutes", "messagesIn", "messagesOut", "invocations", "gbSeconds", "wru",
		"rru", "init", "usd")
	for key, want := range map[string]float64{
		"connections": 2, "connectionMinutes": 2, "messagesIn": 2, "messagesOut": 1 + 1 + 3,
		"wru": 4, "rru": 0, // the gate keeps two events of more than 1 KB
	} {
		if bill[key] != want {
			t.Errorf("%s: got %v, want %v", key, bill[key], want)
		}
	}
	if n := bill["invocations"].(map[string]any); n["gate"] != 2.0 || n["actor"] != 1.0 {
		t.Errorf("invocations: got %v", n)
	}
	gbSeconds := bill["gbSeconds"].(float64)
	if gbSeconds < 3*0.125*0.001 || gbSeconds > 3*0.125*10 {
		t.Errorf("gbSeconds: got %v", gbSeconds)
	}
	want := 7*0.000001 + 2*0.00000025 + 3*0.0000002 + gbSeconds*0.0000133334 + 4*0.000000625
	if got := bill["usd"].(float64); math.Abs(got-want) > 1e-12 {
		t.Errorf("usd: got %v, want %v", got, want)
	}
	if resp, _ := w.http("DELETE", "/_localdev/bill", ""); resp.StatusCode != 204 {
		t.Errorf("DELETE: got %s", resp.Status)
	}
	if got := w.bill(); got["usd"] != 0.0 || got["connectionMinutes"] != 0.0 {
		t.Errorf("after DELETE: got %v", got)
	}
}

func TestClock(t *testing.T) {
	w := start(t)
	_, body := w.http("POST", "/_localdev/clock", `{"advance":"2h"}`)
	now := decode[map[string]int64](t, body)["now"]
	if ahead := time.Until(time.UnixMilli(now)); ahead < 119*time.Minute || ahead > 121*time.Minute {
		t.Errorf("got %v ahead, want 2h", ahead)
	}
	c := w.dial("")
	c.do("act", map[string]any{"do": "event"})
	e := decode[struct {
		RequestContext struct{ ConnectedAt, RequestTimeEpoch int64 }
	}](t, c.text()).RequestContext
	if e.ConnectedAt < now || e.RequestTimeEpoch < e.ConnectedAt {
		t.Errorf("got %+v before the clock's %d", e, now)
	}
	for _, bad := range []string{``, `{}`, `{"advance":"soon"}`, `{"advance":"-1h"}`, `{"advance":7}`} {
		if resp, _ := w.http("POST", "/_localdev/clock", bad); resp.StatusCode != 400 {
			t.Errorf("%s: got %s, want 400", bad, resp.Status)
		}
	}
}

func TestTheClockHasAnEnd(t *testing.T) {
	w := start(t)
	for range 2 {
		if resp, body := w.http("POST", "/_localdev/clock", `{"advance":"2562047h"}`); resp.StatusCode != 400 {
			t.Errorf("got %s %s, want 400", resp.Status, body)
		}
	}
}

func TestPagesOfOthersGetNothing(t *testing.T) {
	w := start(t)
	for _, tt := range []struct {
		name    string
		headers []string
		want    int
	}{
		{"a program", nil, 200},
		{"its own page", []string{"Origin", "http://" + w.Addr}, 200},
		{"another page", []string{"Origin", "https://example.org"}, 403},
	} {
		for _, what := range []struct{ method, path string }{
			{"GET", "/_localdev/apis"},
			{"POST", "/2015-03-31/functions/Actor/invocations"},
		} {
			if resp, body := w.http(what.method, what.path, "{}", tt.headers...); resp.StatusCode != tt.want {
				t.Errorf("%s to %s: got %s %s, want %d", tt.name, what.path, resp.Status, body, tt.want)
			}
		}
	}
	if resp, _ := w.http("GET", "/_localdev/nothing", ""); resp.StatusCode != 404 {
		t.Errorf("unknown: got %s, want 404", resp.Status)
	}
	if resp, _ := w.http("DELETE", "/_localdev/connections/AAAAAAAAAAAAAAA=", ""); resp.StatusCode != 404 {
		t.Errorf("unknown connection: got %s, want 404", resp.Status)
	}
}

func TestTheConsoleWithoutItsSlash(t *testing.T) {
	w := start(t)
	resp, body := w.http("GET", "/_localdev", "")
	if got := resp.Request.URL.Path; resp.StatusCode != 200 || got != "/_localdev/" || !strings.Contains(body, "main.js") {
		t.Errorf("got %s at %s", resp.Status, got)
	}
}
