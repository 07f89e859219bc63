package signaling

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A Role is what a peer may do to others.
type Role string

// The roles. A peer without one is as a guest.
const (
	RoleHost  Role = "host"  // may kick, lock, unlock, admit and deny
	RoleGuest Role = "guest" // may not
)

// Handshake is what a client shows when it connects.
type Handshake struct {
	Header http.Header
	Query  url.Values
	Tokens []string // that it brought, none of them twice
	Time   time.Time
}

// Subprotocols returns the WebSocket subprotocols that the client offers, in its order.
func (h Handshake) Subprotocols() []string {
	var list []string
	for _, line := range h.Header.Values("Sec-WebSocket-Protocol") {
		for p := range strings.SplitSeq(line, ",") {
			list = append(list, strings.TrimSpace(p))
		}
	}
	return list
}

// An Admission decides who may connect, and with which rights. It returns nil Rights where everybody may do everything,
// or an *Error of CodeUnauthorized or CodeForbidden that says why the client is refused.
type Admission interface {
	Admit(ctx context.Context, h Handshake) (*Rights, error)
}

// Rights are what a connection may do. They are stored with it when it opens.
type Rights struct {
	User    string    // who it is, in the words of whoever admitted it
	Peer    string    // the name it has in rooms, or a prefix of it followed by *
	Rooms   []string  // names, or prefixes followed by *
	Role    Role      // "" if none was given
	Expires time.Time // from then on it may join no more; whole seconds

	OnlyJoins bool // it may not be the first in a room
	Seats     int  // in each room that it opens; 0 leaves it to the service
}

// Skew is by how much clocks may differ before a token counts as expired, or as not valid yet.
const Skew = time.Minute

// covers reports whether a name is the pattern, or begins with the prefix that it is.
func covers(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == name
}

// MayBe reports whether the rights cover that name of a peer.
func (r *Rights) MayBe(name string) bool { return covers(r.Peer, name) }

// MayEnter reports whether the room is among those that the rights name.
func (r *Rights) MayEnter(room RoomID) bool {
	for _, pattern := range r.Rooms {
		if covers(pattern, string(room)) {
			return true
		}
	}
	return false
}

// name returns the name to join with: the one asked for if the rights cover it, or the one they give to who asks for none.
func (r *Rights) name(asked PeerName, conn ConnID) (PeerName, error) {
	switch prefix, open := strings.CutSuffix(r.Peer, "*"); {
	case asked == "" && open && len(prefix) <= MaxName-len(pseudonym(conn)):
		return PeerName(prefix + pseudonym(conn)), nil
	case asked == "" && !open:
		return PeerName(r.Peer), nil
	case asked != "" && r.MayBe(string(asked)):
		return asked, nil
	}
	return "", Errorf(CodeForbidden, "peer: your token lets you join as %s", r.Peer)
}

// admit checks that the connection may be in the room, and returns its rights and the name that it has there: the one asked
// for, the one that its token gives, or "" if that is left to the service.
func (t *turn) admit(ctx context.Context, room RoomID, asked PeerName) (Rights, PeerName, error) {
	if !t.NeedRights {
		return Rights{}, asked, nil
	}
	rights, err := t.rights(ctx)
	if err != nil {
		return Rights{}, "", err
	}
	if !rights.MayEnter(room) {
		return Rights{}, "", Errorf(CodeForbidden, "room: your token does not name room %s", room)
	}
	name, err := rights.name(asked, t.from.Conn)
	return *rights, name, err
}

// rights returns what was noted when the connection opened. The first read may miss a connection that opened just now.
func (t *turn) rights(ctx context.Context) (*Rights, error) {
	conn, err := t.Store.Connection(ctx, t.from.Conn, false)
	if errors.Is(err, ErrGone) {
		conn, err = t.Store.Connection(ctx, t.from.Conn, true)
	}
	switch {
	case errors.Is(err, ErrGone):
		return nil, errors.Join(unknownConnection(), err)
	case err != nil:
		return nil, err
	}
	return conn.RightsAt(t.from.Time)
}

// RightsAt returns the rights that the connection was admitted with, or an *Error of CodeUnauthorized where it has none or
// its token has ended by now.
func (c Connection) RightsAt(now time.Time) (*Rights, error) {
	switch {
	case c.Rights == nil:
		return nil, Errorf(CodeUnauthorized, "this connection was opened without a token: connect again with one")
	case c.Rights.over(now):
		return nil, Errorf(CodeUnauthorized, "your token has expired: connect again with a new one")
	}
	return c.Rights, nil
}

// over reports whether the token has ended, whoever's clock is right.
func (r *Rights) over(now time.Time) bool { return now.After(r.Expires.Add(Skew)) }

func unknownConnection() *Error {
	return &Error{CodeInternal, "this connection is not known (any more): connect again", true}
}
