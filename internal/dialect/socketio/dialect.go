package socketio

import (
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// Name is the dialect's, and the space of its names in the directory.
const Name = "socket.io"

// root is the namespace of whoever names none.
const root = "/"

// Dialect serves Socket.IO. Make one with New.
type Dialect struct {
	Store  Store           // what is kept beside the connections
	Items  signaling.Items // what an App keeps for rooms
	Sealer *seal.Sealer    // of ids
	// Apps returns the application half of a namespace, for clients that ask for that recipe in their
	// query, if it is not "". It fails with server.ErrNoNamespace.
	Apps func(namespace, recipe string) (server.App, error)
	// Grace is for how long a client that lost its connection can take its sockets up again, and
	// until when nobody is told that they have gone.
	Grace time.Duration

	waits *dialect.Waits
	pulse *pulse
	moves *moves
}

var (
	_ dialect.Dialect    = (*Dialect)(nil)
	_ dialect.Recognizer = (*Dialect)(nil)
	_ dialect.Beginner   = (*Dialect)(nil)
	_ dialect.Unlister   = (*Dialect)(nil)
)

const (
	defaultGrace = 6 * time.Second
	memory       = 4096 // connections, or sockets, that a process remembers something of
)

// New returns a dialect whose fields are yet to be set, but Grace.
func New() *Dialect {
	return &Dialect{
		Grace: defaultGrace,
		waits: dialect.NewWaits(waitSender),
		pulse: &pulse{last: limit.NewRecent[signaling.ConnID, time.Time](memory)},
		moves: &moves{to: limit.NewRecent[string, signaling.ConnID](memory)},
	}
}

// Name implements dialect.Dialect.
func (d *Dialect) Name() string { return Name }

// Begins implements dialect.Beginner. No client begins so: but the packet by which one disconnects may
// be handled after the end of its connection, when nothing is remembered of that any more.
func (d *Dialect) Begins(frame []byte) bool {
	return string(frame) == "41" || strings.HasPrefix(string(frame), "41/")
}

// UnlistsItself implements dialect.Unlister: a socket whose connection is lost stays in its rooms for
// a while.
func (d *Dialect) UnlistsItself() {}
