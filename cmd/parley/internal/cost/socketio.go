package cost

import "math"

const (
	quietMinutes = 10 // after which API Gateway ends a connection over which nothing goes
	grace        = 6  // seconds in which functions/disconnect waits for a client to come back
)

// SocketIO is what the call takes of clients of Socket.IO, by a recipe that does what most of their servers do: who joins is
// answered once and the others are told, signals go to the ids of sockets, and a page is closed without a word. Who stays
// for longer is quiet meanwhile. The first event of a connection in a further instance of the functions reads half a unit more.
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
	if times := math.Ceil(c.Minutes/quietMinutes) - 1; times > 0 {
		u = u.Plus(Returns(n*times, s))
	}
	u.OutGB = u.MessagesOut * float64(c.FrameBytes) / (1 << 30)
	return u
}

// Returns are what it takes that n sockets of Socket.IO 3 or 4, each in one room, are taken up again by their clients, whose
// connection has ended: its end, which is waited with, and another handshake, greeting and CONNECT.
func Returns(n float64, s Settings) Usage {
	u := Usage{MessagesIn: n, MessagesOut: n, WRU: 10 * n, RRU: n, GBSeconds: n * float64(s.MemoryMB) / 1024 * grace}
	return u.run(3*n, s).Plus(Greetings(n, s))
}
