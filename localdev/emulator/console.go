package emulator

import (
	"encoding/json"
	"errors"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/apigw"
	"github.com/parley-rtc/parley/localdev/internal/dynamo"
)

const consolePrefix = "/_localdev/"

// console serves localdev's own JSON.
func (e *Emulator) console(w http.ResponseWriter, r *http.Request) {
	if !isLocal(r) {
		problem(w, http.StatusForbidden, "the console answers only to pages of its own address")
		return
	}
	what, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, consolePrefix), "/")
	switch r.Method + " " + what {
	case "GET bill":
		reply(w, e.meter.Bill())
	case "DELETE bill":
		e.meter.Reset()
		e.billed.Store(e.clock.Milli())
		w.WriteHeader(http.StatusNoContent)
	case "GET connections":
		_, all := e.connections(math.MaxInt)
		reply(w, all)
	case "DELETE connections":
		e.deleteConnection(w, name, r.URL.Query())
	case "GET tables":
		e.table(w, r, name)
	case "POST clock":
		e.advance(w, r)
	case "GET weather":
		reply(w, e.weather.Report())
	case "POST weather":
		e.addWeather(w, r)
	case "DELETE weather":
		e.removeWeather(w, name)
	case "GET permissions":
		reply(w, e.permissions.report())
	case "GET apis":
		reply(w, e.APIs)
	case "GET events":
		e.events(w, r)
	case "GET trace":
		e.traced(w, name)
	case "DELETE trace":
		e.trace.Clear()
		w.WriteHeader(http.StatusNoContent)
	case "GET ", "GET main.js", "GET style.css":
		e.page.ServeHTTP(w, r)
	default:
		problem(w, http.StatusNotFound, "no such resource: "+r.Method+" "+r.URL.Path)
	}
}

// isLocal refuses other web pages, and names that somebody lets point at this machine (DNS rebinding).
func isLocal(r *http.Request) bool {
	host := (&url.URL{Host: r.Host}).Hostname()
	if host != "localhost" && net.ParseIP(host) == nil {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	from, err := url.Parse(origin)
	return err == nil && from.Host == r.Host
}

// connections returns how many connections are open, and those that opened first, at most so many.
func (e *Emulator) connections(most int) (open int, first []apigw.Info) {
	first = []apigw.Info{}
	for _, g := range e.gateways {
		n, infos := g.Connections(most)
		open += n
		first = append(first, infos...)
	}
	slices.SortFunc(first, func(a, b apigw.Info) int {
		if c := strings.Compare(a.ConnectedAt, b.ConnectedAt); c != 0 {
			return c
		}
		return strings.Compare(a.ConnectionID, b.ConnectionID)
	})
	return open, first[:min(most, len(first))]
}

// deleteConnection ends a connection as DELETE @connections does, without a word (silent), or by cutting its cable (cut).
func (e *Emulator) deleteConnection(w http.ResponseWriter, id string, how url.Values) {
	end := (*apigw.Gateway).Delete
	switch {
	case how.Get("silent") == "1":
		end = (*apigw.Gateway).Drop
	case how.Get("cut") == "1":
		end = (*apigw.Gateway).Cut
	}
	for _, g := range e.gateways {
		if end(g, id) {
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	problem(w, http.StatusNotFound, "no such connection: "+id)
}

func (e *Emulator) items(w http.ResponseWriter, r *http.Request, table string) {
	items, err := e.tables.Items(r.Context(), table)
	switch {
	case errors.Is(err, dynamo.ErrNoTable):
		problem(w, http.StatusNotFound, err.Error())
	case err != nil:
		problem(w, http.StatusBadGateway, err.Error())
	default:
		reply(w, items)
	}
}

// farthest is how far ahead the emulated clock can be: durations end at 292 years.
const farthest = 100 * 365 * 24 * time.Hour

func (e *Emulator) advance(w http.ResponseWriter, r *http.Request) {
	var step struct {
		Advance string `json:"advance"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1024)).Decode(&step); err != nil {
		problem(w, http.StatusBadRequest, `want a body such as {"advance": "2h"}`)
		return
	}
	d, err := time.ParseDuration(step.Advance)
	if err != nil || d < 0 {
		problem(w, http.StatusBadRequest, `advance: want a duration such as "90s" or "2h", not backwards`)
		return
	}
	if time.Until(e.clock.Now().Add(d)) > farthest {
		problem(w, http.StatusBadRequest, "advance: the clock can be a hundred years ahead at most")
		return
	}
	e.clock.Advance(d)
	reply(w, map[string]int64{"now": e.clock.Milli()})
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a failure is the client's, which is gone
}

func problem(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": text})
}
