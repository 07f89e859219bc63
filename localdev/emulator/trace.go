package emulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/apigw"
	"github.com/parley-rtc/parley/localdev/internal/bill"
	"github.com/parley-rtc/parley/localdev/internal/dynamo"
)

// How often a page that watches hears of what is new.
const (
	eventsEvery = 100 * time.Millisecond
	stateEvery  = time.Second
)

// state is what the console shows besides messages.
type state struct {
	Now          int64        `json:"now"`   // ms, emulated time
	Ahead        int64        `json:"ahead"` // ms, of the machine's clock
	BilledSince  int64        `json:"billedSince"`
	Bill         bill.Bill    `json:"bill"`
	Connections  []apigw.Info `json:"connections"`
	MoreThanThat int          `json:"moreConnections"` // open, but not listed
}

const maxListed = 200 // connections in a state

// events streams to the console: an event "spans" with those that are new or have changed, and "state" every second.
func (e *Emulator) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w)
	tick := time.NewTicker(eventsEvery)
	defer tick.Stop()
	var seen uint64
	var told time.Time
	var text bytes.Buffer // of one event, kept: a busy localdev would make megabytes of garbage a second
	for {
		spans, version := e.trace.Since(seen, e.rates)
		if len(spans) > 0 && send(w, &text, "spans", spans) != nil {
			return
		}
		seen = version
		if time.Since(told) >= stateEvery {
			told = time.Now()
			if send(w, &text, "state", e.state()) != nil {
				return
			}
		}
		if flush.Flush() != nil {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

// send sends an event, which it writes to text first.
func send(w io.Writer, text *bytes.Buffer, name string, v any) error {
	text.Reset()
	fmt.Fprintf(text, "event: %s\ndata: ", name)
	if err := json.NewEncoder(text).Encode(v); err != nil { // with the end of the line
		return err
	}
	text.WriteByte('\n')
	_, err := w.Write(text.Bytes())
	return err
}

func (e *Emulator) state() state {
	open, first := e.connections(maxListed)
	now := e.clock.Milli()
	return state{
		Now: now, Ahead: now - time.Now().UnixMilli(), BilledSince: e.billed.Load(), Bill: e.meter.Bill(),
		Connections: first, MoreThanThat: open - len(first),
	}
}

// traced serves the spans as a list, one of them at {id}, or its event as a file at {id}/event.json.
func (e *Emulator) traced(w http.ResponseWriter, name string) {
	if name == "" {
		spans, _ := e.trace.Since(0, e.rates)
		reply(w, spans)
		return
	}
	text, file, _ := strings.Cut(name, "/")
	id, err := strconv.ParseUint(text, 10, 64)
	span, ok := e.trace.Find(id, e.rates)
	switch {
	case err != nil, !ok, file != "" && file != "event.json", file != "" && span.Event == nil:
		problem(w, http.StatusNotFound, "no such message, or it is not kept any more: "+name)
	case file == "":
		reply(w, span)
	default:
		w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="event-%d.json"`, id))
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(span.Event)
	}
}

// tableInfo describes a table of the template.
type tableInfo struct {
	Name string   `json:"name"`
	Key  []string `json:"key"`
}

// table serves the list of tables, a table's items, or with ?limit=n a page of them and ?from= where it begins.
func (e *Emulator) table(w http.ResponseWriter, r *http.Request, name string) {
	query := r.URL.Query()
	switch {
	case name == "":
		reply(w, e.listTables())
	case !query.Has("limit"):
		e.items(w, r, name)
	default:
		limit, err := strconv.Atoi(query.Get("limit"))
		if err != nil || limit < 1 || limit > 1000 || query.Has("from") && !json.Valid([]byte(query.Get("from"))) {
			problem(w, http.StatusBadRequest, "want limit=1 to 1000, and from= the next of the page before")
			return
		}
		page, err := e.tables.Page(r.Context(), name, limit, json.RawMessage(query.Get("from")))
		switch {
		case errors.Is(err, dynamo.ErrNoTable):
			problem(w, http.StatusNotFound, err.Error())
		case err != nil:
			problem(w, http.StatusBadGateway, err.Error())
		default:
			reply(w, page)
		}
	}
}

func (e *Emulator) listTables() []tableInfo {
	list := []tableInfo{}
	for _, t := range e.stack.Tables {
		var schema struct {
			KeySchema []struct{ AttributeName string }
		}
		if json.Unmarshal(t.Create, &schema) != nil {
			continue // the engine has made a table of it, so it is JSON
		}
		info := tableInfo{Name: t.Name, Key: []string{}}
		for _, k := range schema.KeySchema {
			info.Key = append(info.Key, k.AttributeName)
		}
		list = append(list, info)
	}
	slices.SortFunc(list, func(a, b tableInfo) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
