package cost

// Call is one call by way of signaling.
type Call struct {
	Peers      int     // that meet, each calling each other one
	Minutes    float64 // that each stays
	Candidates int     // ICE candidates of each peer to each other one
	FrameBytes int     // of an offer, an answer or a candidate, on average
	Acks       bool    // signals carry an id, as our SDK's do, and are acknowledged
}

// Settings are those of the service that cost.
type Settings struct {
	MemoryMB int
	Ms       float64 // that an invocation takes, on average
	LogBytes int     // that an event writes
}

// Usual is a call of two over our SDK for ten minutes.
func Usual() Call { return Call{Peers: 2, Minutes: 10, Candidates: 10, FrameBytes: 1500, Acks: true} }

// AsDeployed is the service as infra and template.yaml deploy it. The time is what was measured where
// DynamoDB and @connections answer in 5 ms (docs/benchmarks.md), and so was the log line's size.
func AsDeployed() Settings { return Settings{MemoryMB: 128, Ms: 15, LogBytes: 700} }

// Signals are the offers, answers and candidates.
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

// Usage is what a call takes, by the budget in docs/architecture.md: connecting, joining, an offer, an answer and the
// candidates by address, leaving, and $disconnect. Rooms are taken to fit 1 KB.
func (c Call) Usage(s Settings) Usage {
	n := float64(c.Peers)
	signals := c.Signals()
	others := n * (n - 1) / 2 // summed over the peers, how many were there before, or are there after
	u := Usage{
		ConnectionMinutes: n * c.Minutes,
		MessagesIn:        n + signals + n,                       // join, signals, leave
		MessagesOut:       (n + others) + signals + (n + others), // joined and peer-joined, signals, ok and peer-left
		WRU:               n*1 + n*2 + n*2 + n*1,
	}
	if c.Acks {
		u.MessagesOut += signals
	}
	u.OutGB = u.MessagesOut * float64(c.FrameBytes) / (1 << 30)
	return u.run(n+n+signals+n+n, s)
}

// run adds what so many invocations take.
func (u Usage) run(invocations float64, s Settings) Usage {
	u.Invocations += invocations
	u.GBSeconds += invocations * float64(s.MemoryMB) / 1024 * s.Ms / 1000
	u.LogGB += invocations * float64(s.LogBytes) / (1 << 30)
	return u
}
