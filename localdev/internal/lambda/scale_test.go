package lambda

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/proc"
)

// On a machine that is busy, functions that wait get others beside them, as many as there are
// events, and those that compute do not: they would only wait for each other.
func TestOnlyWhoWaitsLeavesRoomForOthers(t *testing.T) {
	starter := proc.NewStarter()
	defer starter.Close()
	for range runtime.NumCPU() {
		if _, err := starter.Start(exec.Command("sh", "-c", "while :; do :; done")); err != nil {
			t.Fatal(err)
		}
	}
	pool := newPrinting(starter, nil)
	defer pool.Close()
	invoke := func(times int, o order) {
		event, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var running sync.WaitGroup
		for range times {
			running.Go(func() {
				if _, err := pool.Invoke(t.Context(), event); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
	}

	if _, err := os.Stat("/proc/self/schedstat"); err == nil { // else there is no telling
		invoke(2*softCap(), order{Spin: 2 * looks * patience})
		pool.mu.Lock()
		if n := len(pool.instances); n > softCap() {
			t.Errorf("%d instances compute at once, want %d", n, softCap())
		}
		pool.mu.Unlock()
	}

	all := softCap() + burst + 1 // so many that those who wait beyond the cap leave room as well
	var here sync.WaitGroup
	here.Add(all)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		here.Done()
		here.Wait()
	}))
	defer server.Close()
	invoke(all, order{Get: server.URL})
}

// Functions that wait for a while, again and again, get others beside them as well.
func TestWhoWaitsForShortLeavesRoomToo(t *testing.T) {
	starter := proc.NewStarter()
	defer starter.Close()
	pool := newPrinting(starter, nil)
	defer pool.Close()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(4 * patience):
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	event, err := json.Marshal(order{Get: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	ctx, enough := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range 4 * softCap() {
		running.Go(func() {
			for ctx.Err() == nil {
				_, _ = pool.Invoke(ctx, event)
			}
		})
	}
	eventually(t, pool, func() bool { return pool.live > softCap() })
	enough()
	running.Wait()
}
