package admission

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/parley-rtc/parley/internal/signaling"
)

// maxRooms bounds the patterns in a token; they are stored with each connection.
const maxRooms = 64

// claims are what a token says. Besides the registered ones (RFC 7519, section 4.1) there are peer, rooms, role, create
// and seats.
type claims struct {
	jwt.RegisteredClaims
	Peer  string         `json:"peer"`
	Rooms patterns       `json:"rooms"`
	Role  signaling.Role `json:"role"`

	Create *bool `json:"create"` // whether it may open rooms; nil is yes
	Seats  *int  `json:"seats"`  // in those rooms; nil leaves it to the service
}

// patterns is a JSON list of strings, or one string.
type patterns []string

// UnmarshalJSON implements json.Unmarshaler.
func (p *patterns) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*p = patterns{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(p))
}

var (
	errExpires = errors.New("claim exp is no date")
	errSubject = errors.New("claim sub is missing")
	errPeer    = errors.New("claim peer, or sub where there is none, is no peer name and no prefix followed by *")
	errRooms   = errors.New("claim rooms has an entry that is no room name and no prefix followed by *, or too many of them")
	errSeats   = errors.New("claim seats is no whole number from 1 to 250")
	errRole    = errors.New("claim role is neither host nor guest")
)

var earliest, latest = time.Unix(0, 0), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// Validate implements jwt.ClaimsValidator: the library calls it after its own checks.
func (c *claims) Validate() error {
	switch {
	case c.ExpiresAt == nil: // the library says so itself
		return nil
	case c.ExpiresAt.Before(earliest) || c.ExpiresAt.After(latest): // a number that overflows
		return errExpires
	case c.Subject == "":
		return errSubject
	case !valid("peer", c.peer()):
		return errPeer
	case len(c.Rooms) > maxRooms:
		return errRooms
	case c.Role != "" && c.Role != signaling.RoleHost && c.Role != signaling.RoleGuest:
		return errRole
	case c.Seats != nil && (*c.Seats < 1 || *c.Seats > signaling.MaxSeats):
		return errSeats
	}
	for _, pattern := range c.Rooms {
		if !valid("room", pattern) {
			return errRooms
		}
	}
	return nil
}

// peer is the name or prefix that the token gives. A subject is a name, never a prefix.
func (c *claims) peer() string {
	if c.Peer == "" && !strings.HasSuffix(c.Subject, "*") {
		return c.Subject
	}
	return c.Peer
}

func valid(field, pattern string) bool {
	prefix, open := strings.CutSuffix(pattern, "*")
	return open && prefix == "" || signaling.CheckName(field, prefix) == nil
}

func (c *claims) rights() *signaling.Rights {
	r := &signaling.Rights{
		User: c.Subject, Peer: c.peer(), Rooms: c.Rooms, Role: c.Role, Expires: c.ExpiresAt.UTC(), OnlyJoins: c.Create != nil && !*c.Create,
	}
	if c.Seats != nil {
		r.Seats = *c.Seats
	}
	return r
}
