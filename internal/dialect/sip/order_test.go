package sip_test

import (
	"context"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/sip/siptest"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

const (
	moment = 250 * time.Millisecond // as it comes
	most   = 500 * time.Millisecond // that anything is held for
)

// process returns another process. What happens while it holds something is the test's business.
func (c *call) process(meanwhile func()) *siptest.Process {
	p := c.NewProcess()
	p.House.Hold = signaling.NewHold(moment)
	p.House.Hold.Wait = func(_ context.Context, d time.Duration) error {
		if d < moment || d > most {
			c.t.Errorf("something is held for %v, want %v to %v", d, moment, most)
		}
		c.held++
		if meanwhile != nil {
			meanwhile()
		}
		return nil
	}
	return p
}

// wantHeld fails the test unless what is done is held so often.
func (c *call) wantHeld(want int, what string, do func()) {
	c.t.Helper()
	c.held = 0
	do()
	if c.held != want {
		c.t.Errorf("%s is held %d times, want %d", what, c.held, want)
	}
}

// overtakes has a phone's second message handled by another process before the first one, which this one
// handles meanwhile.
func (c *call) overtakes(from *siptest.Phone, first, second *sip.Message) {
	c.t.Helper()
	here := c.Process
	c.Through(c.process(func() { c.Through(here, func() { from.Says(first) }) }), func() { from.Says(second) })
}

func TestNoRequestOvertakesTheOneThatItFollows(t *testing.T) {
	t.Run("CANCEL its INVITE", func(t *testing.T) {
		c := newCall(t)
		invite := c.alice.Request("INVITE", "sip:bob@example.org")
		c.overtakes(c.alice, invite, c.alice.Cancel(invite))
		c.bob.HearsRequest("INVITE")
		c.bob.HearsRequest("CANCEL")
	})
	t.Run("MESSAGE another one in the dialog", func(t *testing.T) {
		c := newCall(t).rings().answered()
		c.overtakes(c.alice, c.hers.Request("INFO"), c.hers.Request("MESSAGE"))
		c.bob.HearsRequest("INFO")
		c.bob.HearsRequest("MESSAGE")
	})
	t.Run("a re-INVITE an UPDATE", func(t *testing.T) {
		c := newCall(t).rings().answered()
		c.overtakes(c.bob, c.his.Request("UPDATE"), c.his.Request("INVITE"))
		c.alice.HearsRequest("UPDATE")
		c.alice.HearsRequest("INVITE")
	})
	t.Run("BYE the ACK", func(t *testing.T) {
		c := newCall(t).rings()
		ok := c.bob.Response(c.heard, 200)
		c.bob.Says(ok)
		hers := c.alice.Dialog(c.sent, c.alice.HearsResponse(200, "INVITE"))
		c.overtakes(c.alice, hers.Request("ACK"), hers.Request("BYE"))
		c.bob.HearsRequest("ACK")
		c.bob.HearsRequest("BYE")
	})
	t.Run("BYE the callee's own 200", func(t *testing.T) {
		c := newCall(t).rings()
		ok := c.bob.Response(c.heard, 200)
		c.overtakes(c.bob, ok, c.bob.DialogOf(c.heard, ok).Request("BYE"))
		c.alice.HearsResponse(200, "INVITE")
		c.alice.HearsRequest("BYE")
	})
}

// TestWhatIsSentAtOnceGoesInItsOrder where each is another process's, and none knows of the others.
func TestWhatIsSentAtOnceGoesInItsOrder(t *testing.T) {
	c := newCall(t).rings().answered()
	var held []time.Duration
	waits := func(m *sip.Message) {
		p := c.NewProcess()
		p.House.Hold = signaling.NewHold(moment)
		p.House.Hold.Wait = func(_ context.Context, d time.Duration) error {
			held = append(held, d)
			return nil
		}
		c.Through(p, func() { c.alice.Says(m) })
	}
	const apart = 10 * time.Millisecond
	c.hers.CSeq = 15 // a round begins with the next
	var last *sip.Message
	for range 5 {
		last = c.hers.Request("INVITE")
		waits(last)
	}
	waits(c.alice.Cancel(last))
	for i := 1; i < 5; i++ {
		if held[i]-held[i-1] < apart {
			t.Errorf("they are held for %v: want each to wait for %v longer than the one before", held, apart)
		}
	}
	if len(held) != 6 || held[5] <= held[4] || held[5] > most {
		t.Errorf("they are held for %v: want the CANCEL of the last to wait longer than that, and none above %v", held, most)
	}
}

// TestNothingIsHeldWhereItIsKnownWhatHasGone, which is so for all of a call that one process carries, but
// for the callee's first request: only the callee knows that it is.
func TestNothingIsHeldWhereItIsKnownWhatHasGone(t *testing.T) {
	c := newCall(t)
	c.Process = c.process(nil)
	c.rings().answered()
	c.wantHeld(1, "the callee's first request", func() { c.goesTo(c.bob, c.alice, c.his.Request("INFO")) })
	c.wantHeld(0, "the rest of a call", func() {
		for _, method := range []string{"INFO", "UPDATE", "MESSAGE"} {
			c.goesTo(c.alice, c.bob, c.hers.Request(method))
			c.goesTo(c.bob, c.alice, c.his.Request(method))
		}
		again := c.alice.Says(c.hers.Request("INVITE"))
		heard := c.bob.HearsRequest("INVITE")
		c.bob.Answers(heard, 488)
		c.alice.Says(c.alice.AckFailure(again, c.alice.HearsResponse(488, "INVITE")))
		c.bob.HearsRequest("ACK")
		c.goesTo(c.alice, c.bob, c.hers.Request("BYE"))
		c.rings()
		c.alice.Says(c.alice.Cancel(c.sent))
		c.bob.HearsRequest("CANCEL")
	})
	c.wantHeld(0, "what is in no dialog", func() {
		for range 3 {
			c.alice.Says(c.alice.Request("MESSAGE", "sip:bob@example.org"))
			c.bob.HearsRequest("MESSAGE")
		}
	})
}

// TestAProcessLearnsFromWhatItCarries when it has not carried what went before.
func TestAProcessLearnsFromWhatItCarries(t *testing.T) {
	for name, step := range map[string]struct {
		before func(c *call) // in the process
		m      func(c *call) *sip.Message
		held   int
	}{
		"nothing": {func(*call) {}, func(c *call) *sip.Message { return c.hers.Request("INFO") }, 1},
		"the request before": {
			func(c *call) { c.alice.Says(c.hers.Request("INFO")) }, // which is held itself
			func(c *call) *sip.Message { return c.hers.Request("INFO") }, 0,
		},
		"the ACK": {
			func(c *call) { c.alice.Says(c.hers.Request("ACK")) },
			func(c *call) *sip.Message { return c.hers.Request("BYE") }, 0,
		},
		"a request of the other's": {
			func(c *call) { c.bob.Says(c.his.Request("INFO")) },
			func(c *call) *sip.Message { return c.hers.Request("INFO") }, 1,
		},
		"one before the request before": {
			func(c *call) { c.alice.Says(c.hers.Request("INFO")); c.hers.CSeq++ },
			func(c *call) *sip.Message { return c.hers.Request("INFO") }, 1,
		},
		"the 2xx of which it is not known that it was acknowledged": {
			func(c *call) { c.bob.Answers(c.heard, 200) },
			func(c *call) *sip.Message { return c.hers.Request("BYE") }, 1,
		},
		"the 2xx, and what needs no ACK": {
			func(c *call) { c.bob.Answers(c.heard, 200) },
			func(c *call) *sip.Message { return c.hers.Request("UPDATE") }, 0,
		},
		"a failure, after which nothing is open": {
			func(c *call) {
				c.Through(c.NewProcess(), func() { c.alice.Says(c.hers.Request("INVITE")) })
				c.bob.Answers(c.bob.HearsRequest("INVITE"), 488)
			},
			func(c *call) *sip.Message { return c.hers.Request("BYE") }, 0,
		},
		"a 180, and CANCEL": {
			func(c *call) { c.bob.Answers(c.heard, 180) },
			func(c *call) *sip.Message { return c.alice.Cancel(c.sent) }, 0,
		},
		"nothing, and CANCEL": {func(*call) {}, func(c *call) *sip.Message { return c.alice.Cancel(c.sent) }, 1},
		"nothing, and ACK":    {func(*call) {}, func(c *call) *sip.Message { return c.hers.Request("ACK") }, 0},
		"nothing, and ACK of a failure": {
			func(*call) {}, func(c *call) *sip.Message { return c.alice.AckFailure(c.sent, c.bob.Response(c.heard, 486)) }, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCall(t).rings().answered()
			c.Process = c.process(nil)
			step.before(c)
			c.wantHeld(step.held, "it", func() { c.alice.Says(step.m(c)) })
		})
	}
}

func TestWhatIsRefusedIsNotHeldFirst(t *testing.T) {
	c := newCall(t).rings().answered()
	c.Process = c.process(nil)
	c.wantHeld(0, "a request with no hops", func() {
		m := c.hers.Request("INFO")
		m.Header.Set("Max-Forwards", "0")
		c.alice.Says(m)
		c.alice.HearsResponse(483, "INFO")
	})
}
