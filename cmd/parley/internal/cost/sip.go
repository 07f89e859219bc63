package cost

import "math"

const (
	connectionHours = 2   // after which API Gateway ends any connection
	updateSeconds   = 45  // between two UPDATEs of JsSIP in a call, half of its Session-Expires
	registerBytes   = 600 // of an answer to a REGISTER
)

// Phone is a phone that speaks SIP, is registered, and rings nobody.
type Phone struct {
	Refresh float64 // seconds between two registrations
	Asked   bool    // for its password, each time: a registration is two requests then
}

// JsSIP registers anew after 150 to 268 of the 300 s that it is granted. It is asked for its password unless it has a token,
// or nobody needs one.
func JsSIP(asked bool) Phone { return Phone{Refresh: (150 + 268) / 2, Asked: asked} }

// SIPJS is a phone with SIP.js, which does so after 99 % of the time.
func SIPJS(asked bool) Phone { return Phone{Refresh: 297, Asked: asked} }

// Day is what the phone takes in a day.
func (p Phone) Day(s Settings) Usage {
	const hours = 24
	return Usage{ConnectionMinutes: hours * 60}.Plus(PhoneConnections(hours/connectionHours, s)).
		Plus(Registrations(hours*3600/p.Refresh, p.Asked, s))
}

// PhoneConnections are n connections of phones that come and go, beside what goes over them.
func PhoneConnections(n float64, s Settings) Usage { return Usage{WRU: 3 * n}.run(2*n, s) }

// Registrations are n of them.
func Registrations(n float64, asked bool, s Settings) Usage {
	u := Usage{MessagesIn: n, MessagesOut: n, WRU: 2 * n, RRU: n / 2}.run(n, s)
	if asked {
		u = u.Plus(Usage{MessagesIn: n, MessagesOut: n}.run(n, s))
	}
	u.OutGB = u.MessagesOut * registerBytes / (1 << 30)
	return u
}

// SIP is what the call takes of two phones that are registered, beside that: INVITE, 100, 180, 200 and ACK, an UPDATE as often
// as JsSIP sends one, BYE, and their answers. Candidates are in the descriptions. Who is called has one phone.
func (c Call) SIP(s Settings) Usage {
	updates := max(0, math.Ceil(c.Minutes*60/updateSeconds)-1)
	requests := 3 + updates  // INVITE, ACK, BYE
	responses := 4 + updates // to INVITE three
	n := requests + responses
	u := Usage{MessagesIn: n, MessagesOut: n, RRU: requests / 2, OutGB: n * float64(c.FrameBytes) / (1 << 30)}
	return u.run(n, s)
}
