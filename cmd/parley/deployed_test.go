package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-rtc/parley/cmd/parley/internal/doctor"
)

// deployed is a service behind a front that has only the stage, as on AWS, and answers its first handshakes by itself.
func deployed(t *testing.T, answers ...int) (address string, asked *atomic.Int64) {
	t.Helper()
	behind, err := url.Parse(strings.Replace(startService(t, nil), "ws", "http", 1))
	if err != nil {
		t.Fatal(err)
	}
	asked = &atomic.Int64{}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: behind.Scheme, Host: behind.Host})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != behind.Path:
			http.NotFound(w, r)
		case r.Header.Get("Upgrade") != "":
			if n := int(asked.Add(1)); n <= len(answers) {
				http.Error(w, "not yet", answers[n-1])
				return
			}
			proxy.ServeHTTP(w, r)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(front.Close)
	return strings.Replace(front.URL, "http", "ws", 1) + behind.Path, asked
}

func TestDoctorWaitsForANewDeployment(t *testing.T) {
	address, asked := deployed(t, 403, 404, 500, 502)
	code, out, complaints := parley(t, "doctor", address, "--patience", "5m", "--timeout", "1m")
	if code != 0 || strings.Contains(out, "FAIL") || asked.Load() != 6 {
		t.Errorf("got %d after %d handshakes\n%s%s", code, asked.Load(), out, complaints)
	}
	if strings.Count(complaints, "a new deployment may take a moment") != 1 || strings.Contains(out, "deployment") {
		t.Errorf("it says\n%s%s", out, complaints)
	}
}

func TestDoctorWaitsForNothingElse(t *testing.T) {
	for _, status := range []int{400, 401, 429, 504} {
		address, asked := deployed(t, status, status, status)
		code, out, _ := parley(t, "doctor", address, "--patience", "1h", "--timeout", "1m")
		if code != exitProblem || asked.Load() != 1 {
			t.Errorf("%d: got %d after %d handshakes\n%s", status, code, asked.Load(), out)
		}
	}
}

func TestDoctorTellsWhatStaysBroken(t *testing.T) {
	forever := make([]int, 1000)
	for i := range forever {
		forever[i] = http.StatusForbidden
	}
	address, asked := deployed(t, forever...)
	code, out, _ := parley(t, "doctor", address, "--patience", "300ms", "--timeout", "1m")
	if code != exitProblem || asked.Load() < 2 || !strings.Contains(out, "broken: stage\n") || !strings.Contains(out, "still so after 300ms") {
		t.Errorf("got %d after %d handshakes\n%s", code, asked.Load(), out)
	}
}

type account int

func (n account) Concurrency(context.Context) (int, error) { return int(n), nil }

func TestDoctorKnowsANewAccount(t *testing.T) {
	address := startService(t, nil)
	for n, want := range map[account]string{10: "the account runs 10 functions at a time", 1000: ""} {
		var said []doctor.Finding
		healthy := doctor.Examine(t.Context(), doctor.Options{URL: address, Timeout: time.Minute, Account: n, Now: time.Now}, func(f doctor.Finding) {
			if f.Setting != "" {
				said = append(said, f)
			}
		})
		if healthy != (want == "") || want != "" && (len(said) != 1 || said[0].Setting != "concurrency" || said[0].Detail != want) {
			t.Errorf("%d: got %+v", n, said)
		}
	}
}
