// Package bill meters what AWS would have charged for, and prices it.
package bill

import (
	"maps"
	"math"
	"sync"
	"time"

	"github.com/parley-rtc/parley/localdev/rates"
)

// A Bill is what AWS would have metered since the start or the last Reset.
type Bill struct {
	Connections       int            `json:"connections"`
	ConnectionMinutes int            `json:"connectionMinutes"` // started minutes, each connection by itself
	MessagesIn        int            `json:"messagesIn"`        // in started 32 KB
	MessagesOut       int            `json:"messagesOut"`       // in started 32 KB
	Invocations       map[string]int `json:"invocations"`       // by the function's folder
	GBSeconds         float64        `json:"gbSeconds"`
	WRU               float64        `json:"wru"`
	RRU               float64        `json:"rru"`
	Init              Units          `json:"init"` // DynamoDB units of functions' starts, and of no event; not in WRU and RRU
	USD               float64        `json:"usd"`  // all of it, init too
}

// Units are DynamoDB request units.
type Units struct {
	WRU float64 `json:"wru"`
	RRU float64 `json:"rru"`
}

// A Meter counts. Its methods may be called from any goroutine.
type Meter struct {
	rates rates.Rates
	now   func() time.Time

	began time.Time

	mu        sync.Mutex
	functions []string
	sum       Bill
	open      map[string]int64 // connections by ID: when they opened, in ms since began
	minutes   minutes          // of these
	paid      int64            // of these minutes, by an earlier bill
}

// New returns a Meter. now is the time that connections age by; functions are the folders that are on every bill.
func New(r rates.Rates, now func() time.Time, functions []string) *Meter {
	m := &Meter{rates: r, now: now, began: now(), functions: functions, open: map[string]int64{}}
	m.sum.Invocations = m.noInvocations()
	return m
}

func (m *Meter) noInvocations() map[string]int {
	n := make(map[string]int, len(m.functions))
	for _, f := range m.functions {
		n[f] = 0
	}
	return n
}

// Opened counts a connection.
func (m *Meter) Opened(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum.Connections++
	since := m.now().Sub(m.began).Milliseconds()
	m.open[id] = since
	m.minutes.add(since)
}

// Closed ends a connection's minutes.
func (m *Meter) Closed(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	since, ok := m.open[id]
	if !ok {
		return
	}
	delete(m.open, id)
	m.minutes.remove(since)
	m.sum.ConnectionMinutes += int(begun(since, m.until()))
}

// until is the moment, rounded up as when a connection opened is rounded down: whoever is over a
// minute by less than a millisecond has begun the next.
func (m *Meter) until() int64 {
	return int64((m.now().Sub(m.began) + time.Millisecond - 1) / time.Millisecond)
}

// MessageIn counts a message of so many bytes from a client.
func (m *Meter) MessageIn(bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum.MessagesIn += m.messageUnits(bytes)
}

// MessageOut counts a message of so many bytes to a client.
func (m *Meter) MessageOut(bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum.MessagesOut += m.messageUnits(bytes)
}

func (m *Meter) messageUnits(bytes int) int {
	unit := m.rates.WebSocket.MessageUnitBytes
	return max(1, (bytes+unit-1)/unit)
}

// Invoked counts an invocation of the function in that folder.
func (m *Meter) Invoked(folder string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum.Invocations[folder]++
}

// Ran counts the duration of an invocation: its milliseconds are rounded up.
func (m *Meter) Ran(memoryMB int, d time.Duration) {
	ms := math.Ceil(float64(d) / float64(time.Millisecond))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum.GBSeconds += float64(memoryMB) / 1024 * ms / 1000
}

// Consumed counts DynamoDB units; init says that a function spent them for its start, and not for an event.
func (m *Meter) Consumed(wru, rru float64, init bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if init {
		m.sum.Init.WRU += wru
		m.sum.Init.RRU += rru
		return
	}
	m.sum.WRU += wru
	m.sum.RRU += rru
}

// Bill returns the bill so far; open connections are on it with the minutes they have begun.
func (m *Meter) Bill() Bill {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.sum
	b.Invocations = maps.Clone(b.Invocations)
	b.ConnectionMinutes += int(m.minutes.begun(m.until()) - m.paid)
	b.USD = m.price(b)
	return b
}

// Reset starts a new bill. The minutes that open connections have begun are paid with the old one.
func (m *Meter) Reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum = Bill{Invocations: m.noInvocations()}
	m.paid = m.minutes.begun(m.until())
}

func (m *Meter) price(b Bill) float64 {
	r := m.rates
	invocations := 0
	for _, n := range b.Invocations {
		invocations += n
	}
	return rates.Tiered(r.WebSocket.MessageTiers, float64(b.MessagesIn+b.MessagesOut)) +
		float64(b.ConnectionMinutes)*r.WebSocket.ConnectionMinute +
		float64(invocations)*r.Lambda.Request +
		rates.Tiered(r.Lambda.GBSecond, b.GBSeconds) +
		(b.WRU+b.Init.WRU)*r.DynamoDB.WRU +
		(b.RRU+b.Init.RRU)*r.DynamoDB.RRU
}
