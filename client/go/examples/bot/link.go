package main

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
)

const (
	newcomerPatience = 4 * time.Second       // who was there first waits so long for the newcomer's offer
	firstCandidates  = 50 * time.Millisecond // a description waits so long for them
	maxFormer        = 64
)

// link is the tie to one other person, over the RTCPeerConnections that serve it one after the other:
// when either side starts afresh it has to be replaced, and what is still under way for the former one
// must not reach the new.
type link struct {
	bot    *bot
	name   string
	polite bool   // gives way when both offer at once
	page   string // names us in sessions

	mu      sync.Mutex
	conn    *conn
	number  int
	remote  string   // the other side's session, as far as known
	former  []string // pages of the other side that have been replaced, the latest ones
	waiting *time.Timer
	closed  bool
}

// newLink calls somebody who was there first, and waits for the call of anybody else.
func newLink(b *bot, name string, before bool) *link {
	l := &link{bot: b, name: name, polite: b.room.Self() < name, page: rand.Text()}
	wait := newcomerPatience
	if before {
		wait = 0
	}
	l.mu.Lock() // the timer may be over at once
	defer l.mu.Unlock()
	l.waiting = time.AfterFunc(wait, func() {
		l.do(func() error {
			if l.closed || l.conn != nil {
				return nil
			}
			if err := l.renew(); err != nil {
				return err
			}
			return l.conn.offer()
		})
	})
	return l
}

// do runs f with the link held. What goes wrong ends neither the bot nor the call.
func (l *link) do(f func() error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := f(); err != nil {
		slog.Warn("a call goes wrong", "with", l.name, "err", err)
	}
}

// renew starts over with a new RTCPeerConnection.
func (l *link) renew() error {
	l.waiting.Stop()
	if l.conn != nil {
		l.conn.close()
		l.conn = nil
	}
	l.number++
	var err error
	l.conn, err = newConn(l, fmt.Sprintf("%s.%d", l.page, l.number))
	return err
}

func (l *link) close() {
	l.do(func() error {
		l.closed = true
		l.waiting.Stop()
		if l.conn == nil {
			return nil
		}
		return l.conn.close()
	})
}

// receive takes the data of a signal; what is not of our making is ignored.
func (l *link) receive(data []byte) {
	s, ok := parse(data)
	if !ok {
		return
	}
	l.do(func() error {
		if l.closed || l.past(s.Session) {
			return nil
		}
		fresh := s.Session != l.remote
		if fresh {
			l.meet(s.Session)
		}
		return l.apply(s, fresh)
	})
}

func (l *link) past(session string) bool {
	page, number := split(session)
	known, last := split(l.remote)
	return slices.Contains(l.former, page) || l.remote != "" && page == known && number < last
}

func (l *link) meet(session string) {
	page, _ := split(session)
	if known, _ := split(l.remote); l.remote != "" && known != page {
		l.former = append(l.former, known)
		l.former = l.former[max(0, len(l.former)-maxFormer):]
	}
	l.remote = session
}

func (l *link) apply(s said, fresh bool) error {
	offer := s.Description != nil && s.Description.Type == webrtc.SDPTypeOffer
	// Meant for a connection of ours that is gone. But the first offer of a fresh start is for whoever we
	// are by now.
	if s.For != "" && l.conn != nil && s.For != l.conn.session && (!fresh || !offer) {
		return nil
	}
	if l.conn == nil || l.conn.met && fresh {
		replaced := l.conn != nil
		if err := l.renew(); err != nil {
			return err
		}
		if replaced && !offer { // an answer was to an offer of ours that is gone
			return l.conn.offer()
		}
	}
	if offer && l.conn.offering() {
		if !l.polite {
			return nil // they take theirs back
		}
		if err := l.renew(); err != nil { // where a browser would roll back
			return err
		}
	}
	if s.Description != nil {
		return l.conn.describe(*s.Description, s.Offer)
	}
	l.conn.add(s.Candidates)
	return nil
}

func (l *link) send(s said) {
	s.For = l.remote
	l.bot.room.Post(l.name, s)
}
