package bill

const minute = 60_000 // ms

// minutes counts the minutes that open connections have begun. Each has minutes of its own, yet
// nobody looks at each: what counts of when it opened is the sum of all, and who was later in its
// minute. Times are ms since the Meter was made.
type minutes struct {
	open    int
	whole   int64            // minutes before those in which they opened, of all together
	seconds [60]int          // of a minute: how many opened in it
	millis  [60]*[1000]int32 // likewise, where any did
	newest  struct {
		at int64
		n  int
	} // when the last one opened, and how many of that moment are open
}

// begun is how many minutes a connection has begun that opened at since: one, if it just did.
func begun(since, now int64) int64 { return max(1, (now-since+minute-1)/minute) }

// add counts a connection that opens.
func (m *minutes) add(since int64) {
	if since != m.newest.at {
		m.newest.at, m.newest.n = since, 0
	}
	m.count(since, 1)
}

// remove ends what a connection that opened at since counts.
func (m *minutes) remove(since int64) { m.count(since, -1) }

func (m *minutes) count(since int64, n int) {
	second, milli := since%minute/1000, since%1000
	if m.millis[second] == nil {
		m.millis[second] = new([1000]int32)
	}
	m.millis[second][milli] += int32(n)
	m.seconds[second] += n
	m.whole += since / minute * int64(n)
	m.open += n
	if since == m.newest.at {
		m.newest.n += n
	}
}

// begun is the sum of what all have begun.
func (m *minutes) begun(now int64) int64 {
	sum := int64(m.open)*(now/minute) - m.whole
	second, milli := now%minute/1000, now%1000
	for _, n := range m.seconds[:second] { // they have begun one more
		sum += int64(n)
	}
	if millis := m.millis[second]; millis != nil {
		for _, n := range millis[:milli] {
			sum += int64(n)
		}
	}
	if now == m.newest.at {
		sum += int64(m.newest.n)
	}
	return sum
}
