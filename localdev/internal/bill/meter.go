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

	mu        sync.Mutex
	functions []string
	sum       Bill
	open      map[string]span // connections by ID
}

// span is an open connection: since when, and how many of its minutes an earlier bill had.
type span struct {
	since  time.Time
	billed int
}

// New returns a Meter. now is the time that connections age by; functions are the folders that are on every bill.
func New(r rates.Rates, now func() time.Time, functions []string) *Meter {
	m := &Meter{rates: r, now: now, functions: functions, open: map[string]span{}}
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
	m.open[id] = span{since: m.now()}
}

// Closed ends a connection's minutes.
func (m *Meter) Closed(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.open[id]
	if !ok {
		return
	}
	delete(m.open, id)
	m.sum.ConnectionMinutes += minutes(s, m.now()) - s.billed
}

func minutes(s span, now time.Time) int {
	return max(1, int(math.Ceil(now.Sub(s.since).Minutes())))
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
	now := m.now()
	for _, s := range m.open {
		b.ConnectionMinutes += minutes(s, now) - s.billed
	}
	b.USD = m.price(b)
	return b
}

// Reset starts a new bill. The minutes that open connections have begun are paid with the old one.
func (m *Meter) Reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum = Bill{Invocations: m.noInvocations()}
	now := m.now()
	for id, s := range m.open {
		s.billed = minutes(s, now)
		m.open[id] = s
	}
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
