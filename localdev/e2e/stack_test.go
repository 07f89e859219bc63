package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// stack is Parley running from its own template.
type stack struct {
	ws, http string
}

func start(t testing.TB, env ...string) *stack {
	t.Helper()
	return startWith(t, emulator.Options{}, env...)
}

func startWith(t testing.TB, opt emulator.Options, env ...string) *stack {
	t.Helper()
	opt.Template, opt.Env = "../../template.yaml", variables(env)
	opt.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	if _, measured := t.(*testing.B); !measured {
		opt.Output = functionLog{t}
	}
	e, err := emulator.Start(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return &stack{ws: e.APIs[0].URL, http: "http://" + e.Addr}
}

// variables reads NAME=VALUE.
func variables(list []string) map[string]string {
	m := map[string]string{}
	for _, v := range list {
		name, value, _ := strings.Cut(v, "=")
		m[name] = value
	}
	return m
}

func (s *stack) request(t testing.TB, method, path string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, s.http+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %s (%v)", method, path, resp.Status, body, err)
	}
	if into != nil {
		if err := json.Unmarshal(body, into); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, body)
		}
	}
}

// cut makes the connection of a peer vanish: pushes to it answer 410, and its $disconnect never comes.
func (s *stack) cut(t testing.TB, room, peer string) {
	t.Helper()
	var rooms []struct {
		Room  struct{ S string }
		Peers struct {
			M map[string]struct {
				M struct{ Connection struct{ S string } }
			}
		}
	}
	s.request(t, http.MethodGet, "/_localdev/tables/localdev-RoomsTable", &rooms)
	for _, r := range rooms {
		if id := r.Peers.M[peer].M.Connection.S; r.Room.S == room && id != "" {
			s.request(t, http.MethodDelete, "/_localdev/connections/"+strings.ReplaceAll(id, "=", "%3D")+"?silent=1", nil)
			return
		}
	}
	t.Fatalf("%s is not in %s: %+v", peer, room, rooms)
}

// cost is what an event takes: DynamoDB units, Lambda invocations, and messages out.
type cost struct{ wru, rru, invocations, pushes float64 }

func (c cost) plus(d cost) cost {
	return cost{c.wru + d.wru, c.rru + d.rru, c.invocations + d.invocations, c.pushes + d.pushes}
}

func (c cost) String() string {
	return fmt.Sprintf("%g WRU, %g RRU, %g invocations, %g pushes", c.wru, c.rru, c.invocations, c.pushes)
}

// spent is the bill so far.
func (s *stack) spent(t testing.TB) cost {
	t.Helper()
	var bill struct {
		WRU, RRU    float64
		MessagesOut float64
		Invocations map[string]float64
	}
	s.request(t, http.MethodGet, "/_localdev/bill", &bill)
	c := cost{bill.WRU, bill.RRU, 0, bill.MessagesOut}
	for _, n := range bill.Invocations {
		c.invocations += n
	}
	return c
}

// settles waits until the bill is as expected; a bill that is over it will not become so, but one that is below may be
// waiting for an invocation that nobody sees the end of, such as $disconnect.
func (s *stack) settles(t testing.TB, want cost) (got cost, ok bool) {
	t.Helper()
	eventually(func() bool {
		got = s.spent(t)
		over := got.wru > want.wru || got.rru > want.rru || got.invocations > want.invocations || got.pushes > want.pushes
		return got == want || over
	})
	return got, got == want
}
