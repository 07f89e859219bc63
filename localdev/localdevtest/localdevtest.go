// Package localdevtest runs a WebSocket API of API Gateway, with its Lambda functions and DynamoDB tables, inside of a Go
// test, from the template that deploys it:
//
//	func TestChat(t *testing.T) {
//		chat := localdevtest.Start(t, localdevtest.Options{Template: "../template.yaml"})
//		socket, _, err := websocket.Dial(t.Context(), chat.URL, nil)
//		…
//		chat.Advance(11 * time.Minute)                        // the idle limit
//		chat.Weather(`{"fault": "throttle", "table": "Rooms"}`) // what then?
//	}
//
// Each Start has its own address, tables and processes, so tests may run side by side with t.Parallel. All of it ends with
// the test; what the functions print and what goes wrong is in the test's output.
package localdevtest

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// Options say what to run and how. Only Template must be given; Listen is a free port of 127.0.0.1 unless set.
type Options = emulator.Options

// Localdev is a running emulator. Its methods end the test if they fail.
type Localdev struct {
	URL  string // ws://host:port/stage of the template's first API
	HTTP string // http://host:port: @connections below the stage, Lambda's Invoke API, DynamoDB
	APIs []emulator.API

	t    testing.TB
	http *http.Client
}

// Start runs a template until the test ends.
func Start(t testing.TB, opt Options) *Localdev {
	t.Helper()
	if opt.Log == nil {
		opt.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	if opt.Output == nil {
		opt.Output = t.Output()
	}
	e, err := emulator.Start(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		e.Close()
	})
	l := &Localdev{HTTP: "http://" + e.Addr, APIs: e.APIs, t: t, http: &http.Client{Transport: transport}}
	if len(e.APIs) > 0 {
		l.URL = e.APIs[0].URL
	}
	return l
}

// Advance lets time pass at once: for the idle and two-hour limits, for requestTimeEpoch in events, and for time to live.
func (l *Localdev) Advance(d time.Duration) {
	l.t.Helper()
	l.do(http.MethodPost, "clock", `{"advance":"`+d.String()+`"}`, nil)
}

// Connection is an open connection.
type Connection struct {
	ID           string    `json:"connectionId"`
	ConnectedAt  time.Time `json:"connectedAt"`
	LastActiveAt time.Time `json:"lastActiveAt"`
	SourceIP     string    `json:"sourceIp"`
	UserAgent    string    `json:"userAgent"`
}

// Connections lists the open connections, the oldest first.
func (l *Localdev) Connections() []Connection {
	l.t.Helper()
	var list []Connection
	l.do(http.MethodGet, "connections", "", &list)
	return list
}

// Cut cuts the cable of a connection: neither end notices, pushes to it are accepted and lost.
func (l *Localdev) Cut(id string) {
	l.t.Helper()
	l.do(http.MethodDelete, "connections/"+url.PathEscape(id)+"?cut=1", "", nil)
}

// Drop makes the socket of a connection vanish: pushes to it answer 410, and its $disconnect never runs.
func (l *Localdev) Drop(id string) {
	l.t.Helper()
	l.do(http.MethodDelete, "connections/"+url.PathEscape(id)+"?silent=1", "", nil)
}

// Bill is what AWS would have metered.
type Bill struct {
	Connections       int            `json:"connections"`
	ConnectionMinutes int            `json:"connectionMinutes"`
	MessagesIn        int            `json:"messagesIn"`
	MessagesOut       int            `json:"messagesOut"`
	Invocations       map[string]int `json:"invocations"` // by the folder of a function's code
	GBSeconds         float64        `json:"gbSeconds"`
	WRU               float64        `json:"wru"`
	RRU               float64        `json:"rru"`
	USD               float64        `json:"usd"`
}

// Bill returns the bill since the start, or since ResetBill.
func (l *Localdev) Bill() Bill {
	l.t.Helper()
	var b Bill
	l.do(http.MethodGet, "bill", "", &b)
	return b
}

// ResetBill starts a new bill.
func (l *Localdev) ResetBill() {
	l.t.Helper()
	l.do(http.MethodDelete, "bill", "", nil)
}

// Item is an item in DynamoDB JSON: {"name": {"S": "value"}}.
type Item map[string]map[string]any

// Table returns all items of a table, by its physical name. It costs nothing on the bill.
func (l *Localdev) Table(name string) []Item {
	l.t.Helper()
	var items []Item
	l.do(http.MethodGet, "tables/"+url.PathEscape(name), "", &items)
	return items
}

// Weather adds a rule, or all of a weather file, as YAML or JSON.
func (l *Localdev) Weather(rules string) {
	l.t.Helper()
	l.do(http.MethodPost, "weather", rules, nil)
}

// Fair removes all weather rules.
func (l *Localdev) Fair() {
	l.t.Helper()
	l.do(http.MethodDelete, "weather", "", nil)
}

// do sends a request to localdev's own API and decodes its answer, unless into is nil.
func (l *Localdev) do(method, path, body string, into any) {
	l.t.Helper()
	// A test's context is over when its clean-up runs, which may want to look at things.
	req, err := http.NewRequestWithContext(context.WithoutCancel(l.t.Context()), method, l.HTTP+"/_localdev/"+path, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	resp, err := l.http.Do(req)
	if err != nil {
		l.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		l.t.Fatalf("%s %s: %s %s %v", method, path, resp.Status, answer, err)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer, into); err != nil {
		l.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
	}
}
