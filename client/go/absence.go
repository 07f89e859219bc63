package parley

import "time"

const (
	usualGrace = 30 * time.Second // what services keep a seat for unless told otherwise
	checkAgain = 10 * time.Second
)

// absences watches over the ends of absences. A peer's until is of the server's clock, and ours may
// be wrong by minutes, even by hours. So ours only says when to ask: after what is left by it, if
// that is possible, and never more than a minute at first; the answer decides. Who cannot be asked
// about is taken for left.
type absences struct {
	loop   *loop
	check  func(peer string, then func(lost bool)) // finds out whether the peer is still listed as lost
	timers map[string]*timer
}

// watch begins to wait for those who are lost, and stops for all others.
func (a *absences) watch(peers map[string]Peer) {
	for name, t := range a.timers {
		if !peers[name].Lost {
			t.stop()
			delete(a.timers, name)
		}
	}
	for name, p := range peers {
		if p.Lost && a.timers[name] == nil {
			a.wait(name, p.until, 0)
		}
	}
}

func (a *absences) stop() { a.watch(nil) }

func (a *absences) wait(name string, until int64, round int) {
	wait := time.Until(time.UnixMilli(until))
	doubled := 1 << min(round, 10)
	switch {
	case wait > 0:
		wait = min(wait, time.Minute*time.Duration(doubled))
	case round == 0:
		wait = usualGrace
	default:
		wait = min(checkAgain*time.Duration(doubled/2), time.Minute)
	}
	var mine *timer
	mine = a.loop.after(wait, func() {
		a.check(name, func(lost bool) {
			if a.timers[name] != mine {
				return
			}
			delete(a.timers, name)
			if lost {
				a.wait(name, until, round+1)
			}
		})
	})
	a.timers[name] = mine
}
