package cost

import "math"

// Call is one call by way of signaling.
type Call struct {
	Peers      int     // that meet, each calling each other one
	Minutes    float64 // that each stays
	Candidates int     // ICE candidates of each peer to each other one
	Batches    int     // messages in which our SDK sends those that its descriptions have not
	FrameBytes int     // of a message, on average
	Acks       bool    // signals and goodbyes carry an id, and are acknowledged
}

// Settings are those of the service that cost.
type Settings struct {
	MemoryMB int
	Ms       float64 // that an invocation takes, on average
	LogBytes int     // that an event writes
}

// Usual is a call of two over our SDK for ten minutes.
func Usual() Call { return Call{Peers: 2, Minutes: 10, Candidates: 10, Batches: 1, FrameBytes: 1500} }

// pingMinutes is after how long without a word our SDK sends a ping.
const pingMinutes = 8.5

// AsDeployed is the service as infra and template.yaml deploy it. The time is what was measured where
// DynamoDB and @connections answer in 5 ms (docs/benchmarks.md), and so was the log line's size.
func AsDeployed() Settings { return Settings{MemoryMB: 128, Ms: 15, LogBytes: 700} }

// Signals are the offers, answers and candidates, each in a message of its own.
func (c Call) Signals() float64 {
	n := float64(c.Peers)
	return n * (n - 1) / 2 * (2 + 2*float64(c.Candidates))
}

// Greetings are what n connections take on top whose clients wait for the server to speak first, as
// those of PeerJS do: an invocation that looks the connection up and greets it, in a few bytes.
func Greetings(n float64, s Settings) Usage {
	return Usage{MessagesOut: n, RRU: n / 2}.run(n, s)
}

// Idle is a client of another protocol that is connected and does nothing but send heartbeats.
type Idle struct {
	Seconds  float64 // between two of them
	Answered bool    // each is, as those of y-webrtc are
	Mocked   bool    // API Gateway settles them by itself
}

// Day is what such a client takes in a day beside its handshakes.
func (i Idle) Day(s Settings) Usage {
	const minutes = 24 * 60
	n := minutes * 60 / i.Seconds
	u := Usage{ConnectionMinutes: minutes, MessagesIn: n}
	if i.Answered {
		u.MessagesOut = n
	}
	if i.Mocked {
		return u
	}
	return u.run(n, s)
}

// Usage is what a call over our SDK takes, by the budget in docs/architecture.md: connecting, joining, offers, answers
// and batches of candidates by address, pings, leaving, and $disconnect. Rooms are taken to fit 1 KB.
func (c Call) Usage(s Settings) Usage {
	n := float64(c.Peers)
	signals := n * (n - 1) * float64(1+c.Batches)
	others := n * (n - 1) / 2 // summed over the peers, how many were there before, or are there after
	pings := n * math.Floor(c.Minutes/pingMinutes)
	u := Usage{
		ConnectionMinutes: n * c.Minutes,
		MessagesIn:        n + signals + pings + n,                 // join, signals, ping, leave
		MessagesOut:       (n + others) + signals + pings + others, // joined and peer-joined, signals, pong, peer-left
		WRU:               n*1 + n*2 + n*2 + n*1,
	}
	if c.Acks {
		u.MessagesOut += signals + n
	}
	u.OutGB = u.MessagesOut * float64(c.FrameBytes) / (1 << 30)
	return u.run(n+n+signals+pings+n+n, s)
}

// run adds what so many invocations take.
func (u Usage) run(invocations float64, s Settings) Usage {
	u.Invocations += invocations
	u.GBSeconds += invocations * float64(s.MemoryMB) / 1024 * s.Ms / 1000
	u.LogGB += invocations * float64(s.LogBytes) / (1 << 30)
	return u
}
