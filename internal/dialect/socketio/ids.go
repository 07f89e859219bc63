package socketio

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/packet"
)

// What is sealed: the id of a socket, by which others reach it with no look into a table; the private
// id by which its client takes it up again; and the id of a connection, Engine.IO's.
var (
	sids    = seal.Purpose{Name: "socket.io id 1", Fields: 2}
	pids    = seal.Purpose{Name: "socket.io private id 1", Fields: 2}
	engines = seal.Purpose{Name: "socket.io engine id 1", Fields: 2}
)

// handle is what such an id says.
type handle struct {
	origin  signaling.ConnID // the connection that it was made on
	opened  time.Time        // when that opened, whole seconds
	space   string           // the namespace's mark
	all     bool             // or it is of all namespaces
	version packet.Version
}

// mark stands for a namespace, which may be long.
func mark(namespace string) string {
	if namespace == root {
		return ""
	}
	sum := sha256.Sum256([]byte(namespace))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

func (d *Dialect) newID(p seal.Purpose, origin signaling.ConnID, opened time.Time, namespace string) string {
	return d.Sealer.Seal(p, opened, string(origin), mark(namespace))
}

func (d *Dialect) newEngineID(conn signaling.ConnID, opened time.Time, v packet.Version) string {
	return d.Sealer.Seal(engines, opened, string(conn), strconv.Itoa(int(v)))
}

// shortestID is a bound below which nothing sealed is.
const shortestID = 50

// open returns what an id says, of those that are sealed for that purpose or, if it is sids, for a
// connection: clients of Engine.IO 3 have that, with the namespace before it.
func (d *Dialect) open(p seal.Purpose, id string) (handle, bool) {
	if len(id) < shortestID {
		return handle{}, false
	}
	if opened, f, err := d.Sealer.Open(p, id); err == nil {
		return handle{origin: signaling.ConnID(f[0]), opened: opened, space: f[1], version: packet.V4}, true
	}
	if p.Name != sids.Name {
		return handle{}, false
	}
	space, named := "", false
	if i := strings.LastIndexByte(id, '#'); i >= 0 {
		space, id, named = mark(id[:i]), id[i+1:], true
	}
	opened, f, err := d.Sealer.Open(engines, id)
	if err != nil {
		return handle{}, false
	}
	v := packet.V4
	if f[1] != strconv.Itoa(int(v)) {
		v = packet.V3
	}
	return handle{signaling.ConnID(f[0]), opened, space, v == packet.V4 && !named, v}, true
}
