package cost

// SocketIO is what the call takes of clients of Socket.IO, by a recipe that does what most of their servers do: who joins is
// answered once and the others are told, signals go to the ids of sockets, and a page is closed without a word. The first
// event of a connection in a further instance of the functions reads half a unit more.
func (c Call) SocketIO(s Settings) Usage {
	n := float64(c.Peers)
	signals := c.Signals()
	others := n * (n - 1) / 2 // summed over the peers, how many were there before, or are there after
	u := Usage{
		ConnectionMinutes: n * c.Minutes,
		MessagesIn:        n + n + signals,                     // CONNECT, join, signals
		MessagesOut:       n + (n + others) + signals + others, // CONNECT's answer, of the join, signals, of the end
		WRU:               n*1 + n*1 + n*2 + n*2,               // connection, socket, join, end
		RRU:               n * 1,                               // who is there to be told of the end
	}
	if c.Acks {
		u.MessagesOut += signals
	}
	u = u.run(n+n+n+signals+n, s).Plus(Greetings(n, s))
	u.OutGB = u.MessagesOut * float64(c.FrameBytes) / (1 << 30)
	return u
}
