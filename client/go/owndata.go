package parley

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
)

var updateRetry = backoff{300 * time.Millisecond, 5 * time.Second}

// ownData is what the others see about us. It may change while a join is under way that has said
// something else, or while nothing can be said: what was said last reaches everybody all the same.
// One update at a time, since two of them might be carried out in either order.
type ownData struct {
	loop   *loop
	send   func(data json.RawMessage, done func(error))
	joined func() bool

	wanted   json.RawMessage
	accepted json.RawMessage // by the server, last
	unsure   bool            // an update may have been carried out without an answer
	waiting  []func(error)
	asked    []func(error) // who waits for the update that is under way
	sending  bool
	attempt  int
	pause    *timer
}

// offer is what a join says. One that takes a seat back says what was accepted before, so that
// nothing new can make it fail.
func (o *ownData) offer(again bool) json.RawMessage {
	if !again {
		o.accepted = o.wanted
	}
	return o.accepted
}

// seated says that there is a seat, on a new connection perhaps.
func (o *ownData) seated() {
	o.pause.stop()
	o.pause = nil
	o.attempt = 0
	o.pump()
}

// set has done told when the server has this, or something later; or that it refuses it.
func (o *ownData) set(data json.RawMessage, done func(error)) {
	o.wanted = data
	o.waiting = append(o.waiting, done)
	o.pump()
}

func (o *ownData) close(err error) {
	o.pause.stop()
	o.again()
	o.tell(err)
}

// again has those wait for the next update who waited for the one under way.
func (o *ownData) again() {
	o.waiting = slices.Concat(o.asked, o.waiting)
	o.asked = nil
}

func (o *ownData) tell(err error) {
	waiting := o.waiting
	o.waiting = nil
	for _, done := range waiting {
		done(err)
	}
}

func (o *ownData) pump() {
	if o.sending || o.pause != nil || !o.joined() {
		return
	}
	if o.wanted == nil || !o.unsure && bytes.Equal(o.wanted, o.accepted) {
		o.tell(nil)
		return
	}
	data := o.wanted
	o.asked, o.waiting = o.waiting, nil
	o.sending = true
	o.send(data, func(err error) {
		o.sending = false
		o.sent(data, err)
		o.pump()
	})
}

func (o *ownData) sent(data json.RawMessage, err error) {
	if err == nil {
		o.accepted = data
		o.unsure = false
		o.attempt = 0
	} else if canRetry(err) || reasonOf(err) == ErrNotInRoom {
		o.unsure = true
		o.again()
		o.pumpLater()
		return
	} else if bytes.Equal(o.wanted, data) {
		o.wanted = o.accepted
	}
	asked := o.asked
	o.asked = nil
	for _, done := range asked {
		done(err)
	}
}

func (o *ownData) pumpLater() {
	if !o.joined() { // seated goes on
		return
	}
	o.pause = o.loop.after(updateRetry.wait(o.attempt), func() {
		o.pause = nil
		o.pump()
	})
	o.attempt++
}
