package parley

// limits of what waits for a consumer.
const (
	maxEvents     = 1024
	maxEventBytes = 4 << 20
)

// queue has the events that nobody has asked for yet. Its owner's loop is held by whoever calls its
// methods.
type queue struct {
	events []Event
	bytes  int
	closed bool
	wake   chan struct{} // holds one when there may be something
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

func (q *queue) full() bool { return len(q.events) >= maxEvents || q.bytes >= maxEventBytes }

// push takes an event, or counts it as dropped where there is no room: unless it is let in, or one of
// the few after which nothing comes.
func (q *queue) push(e Event, letIn bool) {
	if last := len(q.events) - 1; q.full() && !letIn && !final(e) {
		if lagged, ok := q.events[last].(Lagged); ok {
			q.events[last] = Lagged{lagged.Dropped + 1}
		} else {
			q.events = append(q.events, Lagged{1})
		}
		return
	}
	q.events = append(q.events, e)
	q.bytes += size(e)
	q.signal()
}

func final(e Event) bool {
	switch e := e.(type) {
	case StateChanged:
		return e.State == Left
	case Kicked:
		return true
	}
	return false
}

// pop returns the oldest event, and whether that made room in a full queue: much of it, so that one
// who lags is not sent everything again for each event.
func (q *queue) pop() (e Event, drained bool) {
	if len(q.events) == 0 {
		if q.closed {
			q.signal() // for other consumers
		}
		return nil, false
	}
	before := q.roomy()
	e = q.events[0]
	q.events[0] = nil
	q.events = q.events[1:]
	q.bytes -= size(e)
	q.signal()
	return e, !before && q.roomy()
}

func (q *queue) roomy() bool { return len(q.events) <= maxEvents/2 && q.bytes <= maxEventBytes/2 }

// close lets consumers know that nothing more comes.
func (q *queue) close() {
	q.closed = true
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
