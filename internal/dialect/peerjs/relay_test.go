package peerjs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
)

// broken is a directory's store that lists nobody.
type broken struct{ directory.Store }

func (broken) AddEntry(
	context.Context, directory.Name, directory.Entry, directory.Terms, []signaling.ConnID, time.Time,
) (directory.Listed, error) {
	return directory.Listed{}, errors.New("no store")
}

func TestAnOfferThatCannotBeDeliveredIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, false)
		s.open("a", "alice")
		s.open("b", "bob")
		s.fails = 1
		s.says("a", `{"type":"OFFER","payload":{},"dst":"bob"}`)
		s.wantTold(`a {"type":"EXPIRE","src":"bob","dst":"alice"}`)
		s.wantListed("bob", "b")
		if !strings.Contains(s.log.String(), "the step failed") {
			t.Errorf("the log has %s", s.log.String())
		}
		long := strings.Repeat("x", signaling.MaxFrame-100)
		s.says("a", `{"type":"OFFER","payload":{"x":"`+long+`"},"dst":"bob"}`)
		if told := s.Take(); len(told) != 1 || told[0].To != "b" {
			t.Errorf("%d frames", len(told))
		}
		s.says("a", `{"type":"OFFER","payload":{"x":"`+long+strings.Repeat("x", 90)+`"},"dst":"bob"}`)
		s.wantTold(`a {"type":"EXPIRE","src":"bob","dst":"alice"}`)
	})
}

// What waits is paid for, so one sender may not have it wait without end.
func TestAFloodForNobodyDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, false)
		s.open("a", "alice")
		s.open("b", "bob")
		flood := func(conn string, frames int) (waited int) {
			began := time.Now()
			var at sync.WaitGroup
			var mu sync.Mutex
			for i := range frames {
				e := s.event(conn, "$default", fmt.Sprintf(`{"type":"OFFER","payload":{},"dst":"nobody%d"}`, i))
				at.Go(func() {
					s.handle(e)
					mu.Lock()
					defer mu.Unlock()
					if time.Since(began) > time.Second {
						waited++
					}
				})
			}
			at.Wait()
			if told := len(s.Take()); told != frames {
				t.Errorf("%d of %d offers were answered", told, frames)
			}
			return waited
		}
		if n := flood("a", 100); n != 8 {
			t.Errorf("%d of 100 waited, want 8", n)
		}
		if n := flood("b", 5); n != 5 {
			t.Errorf("%d of another's 5 waited", n)
		}
		s.now = s.now.Add(time.Minute)
		if n := flood("a", 40); n != 8 {
			t.Errorf("%d of 40 waited in the next minute, want 8", n)
		}
		s.wantQuiet()
	})
}

func TestACandidateDoesNotOvertakeItsOffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, false)
		s.House.Hold = signaling.NewHold(250 * time.Millisecond)
		s.open("a", "alice")
		s.open("b", "bob")
		offer := s.event("a", "$default", `{"type":"OFFER","payload":{},"dst":"bob"}`)
		candidate := s.event("a", "$default", `{"type":"CANDIDATE","payload":{},"dst":"bob"}`)
		var at sync.WaitGroup
		at.Go(func() { s.handle(candidate) })
		synctest.Wait() // it is held
		at.Go(func() { s.handle(offer) })
		at.Wait()
		s.wantTold(
			`b {"type":"OFFER","src":"alice","dst":"bob","payload":{}}`,
			`b {"type":"CANDIDATE","src":"alice","dst":"bob","payload":{}}`,
		)
		s.says("b", `{"type":"ANSWER","payload":{},"dst":"alice"}`)
		began := time.Now()
		s.says("a", `{"type":"CANDIDATE","payload":{},"dst":"bob"}`)
		s.says("b", `{"type":"CANDIDATE","payload":{},"dst":"alice"}`)
		if took := time.Since(began); took > 0 {
			t.Errorf("the next ones took %v, though what they follow is through", took)
		}
		// Another connection between the two has an offer of its own to follow.
		s.says("a", `{"type":"CANDIDATE","payload":{"connectionId":"mc_2"},"dst":"bob"}`)
		if took := time.Since(began); took < 250*time.Millisecond {
			t.Errorf("a candidate of another connection waited %v for its offer", took)
		}
	})
}
