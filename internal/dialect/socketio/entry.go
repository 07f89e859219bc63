package socketio

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/packet"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// tag is what the directory keeps with a socket wherever it is listed, so that whoever finds it there
// need not look any further.
type tag struct {
	ID      string                     `json:"i"`
	Origin  signaling.ConnID           `json:"o,omitempty"` // as in self
	Version packet.Version             `json:"v,omitempty"` // if it is not V4
	Name    string                     `json:"n,omitempty"`
	Data    map[string]json.RawMessage `json:"d,omitempty"` // the App's own too, which it may need at the end
	Rooms   int                        `json:"c,omitempty"` // how many it is in, if more than one
	Place   int64                      `json:"p,omitempty"` // since when, in milliseconds, if it joined again
}

func (s *socket) tag(rooms int, place int64) string {
	t := tag{ID: s.self.ID, Origin: s.self.Origin, Name: s.self.Name, Data: s.self.Data, Place: place}
	if s.version != packet.V4 {
		t.Version = s.version
	}
	if rooms > 1 {
		t.Rooms = rooms
	}
	return t.encode()
}

func (t tag) encode() string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // six bytes for each < of a name
	_ = e.Encode(t)        // strings and valid JSON never fail
	return strings.TrimSuffix(b.String(), "\n")
}

func (s *socket) entry(rooms int) directory.Entry { return s.entryAt(rooms, 0) }

func (s *socket) entryAt(rooms int, place int64) directory.Entry {
	return directory.Entry{Conn: s.c.ID, Dialect: Name, Tag: s.tag(rooms, place)}
}

// target is a socket that is to be reached, and where it was found.
type target struct {
	tag
	raw    string // the tag as it is kept
	conn   signaling.ConnID
	opened time.Time      // no later than when its connection did
	under  directory.Name // of the listing, if it was found by one
}

func (t target) version() packet.Version {
	if t.Version != 0 {
		return t.Version
	}
	return packet.V4
}

func (t target) origin() signaling.ConnID { return cmp.Or(t.Origin, t.conn) }

// place is since when it is in the room.
func (t target) place() int64 { return cmp.Or(t.Place, t.opened.UnixMilli()) }

func (t target) member() server.Member {
	return server.Member{ID: t.ID, Name: t.Name, Data: server.Public(t.Data)}
}

// targets reads what is listed under a name. A socket that has come to another connection may for a
// moment be listed with both: the later counts.
func targets(under directory.Name, entries []directory.Entry) []target {
	list := make([]target, 0, len(entries))
	for _, e := range entries {
		t := target{raw: e.Tag, conn: e.Conn, opened: e.Listed, under: under}
		if json.Unmarshal([]byte(e.Tag), &t.tag) != nil {
			continue // not ours
		}
		if i := slices.IndexFunc(list, func(other target) bool { return other.ID == t.ID }); i >= 0 {
			list[i] = t
			continue
		}
		list = append(list, t)
	}
	slices.SortStableFunc(list, func(a, b target) int { return cmp.Compare(a.place(), b.place()) })
	return list
}

func members(list []target) []server.Member {
	all := make([]server.Member, len(list))
	for i, t := range list {
		all[i] = t.member()
	}
	return all
}
