package parley

import (
	"regexp"
	"strconv"
	"time"
)

// timeLimited is a user name {expiry}:{user} (draft-uberti-behave-turn-rest-00, section 2.2).
var timeLimited = regexp.MustCompile(`^(\d{9,11})(?::|$)`)

// iceExpiry is when the first of the servers' credentials ends, in epoch seconds; 0 when none does.
func iceExpiry(servers []ICEServer) int64 {
	var first int64
	for _, s := range servers {
		found := timeLimited.FindStringSubmatch(s.Username)
		if s.Credential == "" || found == nil {
			continue
		}
		end, _ := strconv.ParseInt(found[1], 10, 64) // of digits, and not too many
		if first == 0 || end < first {
			first = end
		}
	}
	return first
}

// lease is the ICE servers of the moment, renewed before their credentials end.
type lease struct {
	loop    *loop
	ask     func(func(servers []ICEServer, expires int64, err error))
	renewed func([]ICEServer)
	servers []ICEServer
	timer   *timer
}

// set takes these; expires in epoch seconds where the server says it, else 0.
func (l *lease) set(servers []ICEServer, expires int64) {
	l.servers = servers
	l.stop()
	if expires == 0 {
		expires = iceExpiry(servers)
	}
	if expires == 0 {
		return
	}
	// Early enough that a call set up from the old ones in the last moment still has a credential;
	// never in a hot loop, should the clocks of server and client disagree.
	l.renewIn(max(time.Until(time.Unix(expires, 0))-2*time.Minute, time.Minute))
}

func (l *lease) stop() {
	l.timer.stop()
	l.timer = nil
}

func (l *lease) renewIn(d time.Duration) {
	var mine *timer
	mine = l.loop.after(d, func() {
		l.ask(func(servers []ICEServer, expires int64, err error) {
			if l.timer != mine {
				return
			}
			if err != nil {
				// While the connection is lost there is nobody to ask, and joining again brings new
				// ones. Otherwise in a minute.
				l.renewIn(time.Minute)
				return
			}
			l.set(servers, expires)
			l.renewed(servers)
		})
	})
	l.timer = mine
}
