package sip_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/sip/siptest"
	"github.com/parley-rtc/parley/internal/sip"
	"github.com/parley-rtc/parley/internal/sip/digest"
)

// inBubble is where time passes only when everybody waits.
func inBubble(t *testing.T, do func(t *testing.T, c *call)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { do(t, newCall(t)) })
}

// wantTaken fails the test unless what is done takes so long.
func wantTaken(t *testing.T, want time.Duration, do func()) {
	t.Helper()
	since := time.Now()
	do()
	if d := time.Since(since); d != want {
		t.Errorf("it takes %v, want %v", d, want)
	}
}

// meanwhile does something while a phone's message is on its way.
func meanwhile(p *siptest.Phone, m *sip.Message, after time.Duration, do func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.Says(m)
	}()
	<-time.After(after)
	do()
	<-done
}

func TestWhoIsNotThereIsLookedForForTwoSeconds(t *testing.T) {
	for name, step := range map[string]struct {
		before func(c *call)
		m      func(c *call) *sip.Message
		want   int
		takes  time.Duration
	}{
		"nobody knows him":   {func(*call) {}, toNobody, 404, 2 * time.Second},
		"the socket is gone": {func(c *call) { c.Cut(c.bob.Conn) }, toBob, 480, 2 * time.Second},
		"he has gone": {
			func(c *call) { c.rings().answered(); c.bob.Disconnect() },
			func(c *call) *sip.Message { return c.hers.Request("INFO") }, 480, 2 * time.Second,
		},
		"nobody has that name": {
			func(c *call) { c.users("alice", "bob") }, toNobody, 404, 0,
		},
		"he has that name": {
			func(c *call) { c.users("nobody") }, toNobody, 480, 2 * time.Second,
		},
		"a contact of nobody's": {
			func(*call) {}, func(c *call) *sip.Message { return c.alice.Request("MESSAGE", "sip:x@y.invalid") }, 404, 0,
		},
		"a CANCEL": {
			func(c *call) { c.rings(); c.bob.Disconnect() },
			func(c *call) *sip.Message { return c.alice.Cancel(c.sent) }, 481, 2 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, c *call) {
				step.before(c)
				m := step.m(c)
				wantTaken(t, step.takes, func() { c.alice.Says(m) })
				c.alice.HearsResponse(step.want, m.Method)
				c.wantSilence()
			})
		})
	}
}

func toNobody(c *call) *sip.Message { return c.alice.Request("INVITE", "sip:nobody@example.org") }
func toBob(c *call) *sip.Message    { return c.alice.Request("INVITE", "sip:bob@example.org") }

// users has these have a password.
func (c *call) users(names ...string) {
	users := digest.Users{}
	for _, name := range names {
		users[name] = digest.Secret{Password: "secret"}
	}
	c.Process.Dialect.Users = func(context.Context) (digest.Users, error) { return users, nil }
}

func TestARequestFindsWhoComesBackMeanwhile(t *testing.T) {
	for name, m := range map[string]func(c *call) *sip.Message{
		"a call":                toBob,
		"a request in a dialog": func(c *call) *sip.Message { return c.rings().answered().hers.Request("BYE") },
		"an ACK":                func(c *call) *sip.Message { return c.rings().answered().hers.Request("ACK") },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(_ *testing.T, c *call) {
				m := m(c)
				c.Cut(c.bob.Conn)
				again := c.Connect("again", c.bob.AOR)
				again.Contact = c.bob.Contact
				meanwhile(c.alice, m, 250*time.Millisecond, again.Register)
				again.HearsRequest(m.Method)
				c.wantSilence()
			})
		})
	}
}

// TestOneSenderWaitsSoOftenInAMinute, as whoever waits is paid for.
func TestOneSenderWaitsSoOftenInAMinute(t *testing.T) {
	inBubble(t, func(t *testing.T, c *call) {
		c.Now = c.Now.Truncate(time.Minute)
		wantTaken(t, 8*2*time.Second, func() {
			for range 20 {
				c.alice.Says(toNobody(c))
				c.alice.HearsResponse(404, "INVITE")
			}
		})
		wantTaken(t, 2*time.Second, func() {
			c.bob.Says(c.bob.Request("INVITE", "sip:nobody@example.org"))
		})
	})
}

// TestACallerThatHasNotRegisteredIsFoundByItsSocketAlone.
func TestACallerThatHasNotRegisteredIsFoundByItsSocketAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := fromStranger(t)
		c.alice.Disconnect()
		wantTaken(t, 2*time.Second, func() { c.bob.Says(c.his.Request("BYE")) })
		c.bob.HearsResponse(480, "BYE")
		c.wantSilence()
	})
}

func TestAPushThatFailsIsNotTriedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, c *call) {
		c.Fail(c.bob.Conn)
		wantTaken(t, 0, func() { c.alice.Says(toBob(c)) })
		c.alice.HearsResponse(500, "INVITE")
		if log := c.Log.Take(); log == "" {
			t.Error("the log says nothing")
		}
	})
}
