// Package dialect says what a client protocol is to Parley.
//
// A dialect is a small server of its own for clients that exist already. It is not a translation of
// their protocol into rooms: what PeerJS calls an id, y-webrtc a topic and SIP a contact have too
// little in common. What all need is here: a connection that is greeted, opened, remembered, pushed
// to and closed, and a directory of who is to be reached under a name.
//
//	client                 API Gateway            functions/                  dialect
//	  │ handshake               │ $connect             │                          │
//	  │────────────────────────▶│─────────────────────▶│ connect ────────────────▶│ Greet: mine, answer so
//	  │◀────────────────────────│◀─────────────────────│    ┆ if it asks for that  │
//	  │                         │◀── GET until open ───│ message ────────────────▶│ Opened: speak first
//	  │ frame                   │                      │                          │
//	  │────────────────────────▶│─────────────────────▶│ message ────────────────▶│ Message
//	  │ close                   │ $disconnect          │                          │
//	  │────────────────────────▶│─────────────────────▶│ disconnect ─────────────▶│ Closed
//
// A dialect holds nothing between events: the next one may be another process's. The list of
// dialects is written out in internal/app.
package dialect

import (
	"context"

	"github.com/parley-rtc/parley/internal/signaling"
)

// A Dialect is one client protocol. Its methods are called for several connections, and for several
// frames of one, at the same time.
type Dialect interface {
	// Name is the dialect's in the store, in the log and in the query parameter dialect.
	Name() string
	// Greet reports whether a handshake is one of this protocol's, and how it is answered.
	Greet(h signaling.Handshake) (Greeting, bool)
	// Opened is told of an open socket, if its greeting asked for that: a moment after the handshake,
	// and at least once. The client may have sent frames meanwhile.
	Opened(ctx context.Context, c *Conn) error
	// Message carries out one frame. API Gateway may hand over two of one connection at the same
	// time, and the later one first. The error is what the frame was refused for, an *signaling.Error
	// if that is the client's fault, for the log: what the client is to hear, it has been told.
	Message(ctx context.Context, c *Conn, frame []byte) error
	// Closed is told of a connection that has ended. It is forgotten, so what Remembered returns is
	// what it was, at no cost, and it is in no directory any more, unless the dialect is an Unlister.
	// It is best effort, as $disconnect is.
	Closed(ctx context.Context, c *Conn) error
}

// Greeting is how a handshake is answered.
type Greeting struct {
	Subprotocol string   // to choose, of those that the client offers; "" is none
	Tokens      []string // that the client brought for the admission, none of them twice
	State       string   // to remember with the connection, at most MaxState bytes
	Opener      bool     // the client waits for the server to speak first: Opened is to be called
	Later       bool     // a token may come in a frame: that none was brought is as good as refused, and nothing to tell of
	// Refused, if not nil, says that the client is told in its own protocol that its token is not
	// taken: its socket opens, and the state returned is remembered, by which Opened knows. Such a
	// connection has no rights.
	Refused func(*signaling.Error) (state string)
}

// The bounds of the state of a connection, in bytes: of a greeting's, with which its item costs one
// unit to write, and of what Conn.Remember makes of it.
const (
	MaxState = 700
	MaxKept  = 3 << 10
)

// A Recognizer is a Dialect that knows some frames to be its own whatever connection they come from,
// so that nothing has to be read to carry them out: those of a form that no other protocol has, or
// heartbeats, which mean nothing.
type Recognizer interface {
	// Recognize returns what carries the frame out, as Message would.
	Recognize(frame []byte) (carryOut func(ctx context.Context, c *Conn) error, mine bool)
}

// A Beginner is a Dialect whose clients show nothing of it in their handshake: their first frame does.
type Beginner interface {
	// Begins reports whether a frame is one of this protocol's.
	Begins(frame []byte) bool
}

// An Unlister is a Dialect that takes its connections out of the directory itself when it is told
// that they have ended, or leaves them there for a client that may come back.
type Unlister interface {
	UnlistsItself()
}

// A Refuser is a Dialect whose protocol has words for a frame that is not carried out. In others the
// client hears nothing of it.
type Refuser interface {
	// Refuse tells the client. The frame, which may be longer than is allowed, is nil if reading it has failed.
	Refuse(ctx context.Context, c *Conn, frame []byte, r Refusal) error
}

// Refusal is why a frame is not carried out: it is too long, one too many, or handling it failed.
type Refusal struct {
	Err   *signaling.Error
	Muted bool // the client was told the same within the last second: an answer costs as much as the frame did
}

// Selects reports whether a handshake names a dialect in its query, as clients can whose URL is the
// user's to choose.
func Selects(h signaling.Handshake, name string) bool { return h.Query.Get("dialect") == name }
