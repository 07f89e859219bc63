// Package token mints tokens for tests, and says what can be seen to be wrong with one without its key.
package token

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Claims are what a token says to the service; docs/protocol.md explains them.
type Claims struct {
	jwt.RegisteredClaims
	Peer  string   `json:"peer,omitempty"`
	Rooms []string `json:"rooms,omitempty"`
	Role  string   `json:"role,omitempty"`

	Create *bool `json:"create,omitempty"` // false: it joins rooms and opens none
	Seats  int   `json:"seats,omitempty"`  // in each room that it opens; 0 leaves it to the service
}

// minSecret is what RFC 7518, section 3.2, asks of a key for HS256, in bytes.
const minSecret = 32

// maxSeats is what a room has at most.
const maxSeats = 250

// Mint signs claims with HS256.
func Mint(c Claims, secret []byte) (string, error) {
	switch {
	case len(secret) < minSecret:
		return "", fmt.Errorf("the secret has %d bytes, and HS256 wants %d or more: make one with openssl rand -base64 32", len(secret), minSecret)
	case c.Subject == "":
		return "", errors.New("the token needs a subject")
	case len(c.Rooms) == 0:
		return "", errors.New("the token names no room, so it would open none: give some, or *")
	case c.Seats < 0 || c.Seats > maxSeats:
		return "", fmt.Errorf("%d seats: a room has 1 to %d", c.Seats, maxSeats)
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(secret)
}

// skew is by how much the service lets clocks differ.
const skew = time.Minute

// Fault says what is wrong with a token as far as one can see without its key; "" is nothing. The text holds none of it.
func Fault(token, room string, now time.Time) string {
	var c Claims
	parsed, _, err := jwt.NewParser().ParseUnverified(token, &c)
	switch {
	case err != nil:
		return "it is no JSON Web Token"
	case parsed.Method.Alg() == "none":
		return "it is not signed (alg none)"
	case c.ExpiresAt == nil:
		return "it has no end (claim exp)"
	case now.After(c.ExpiresAt.Add(skew)):
		return fmt.Sprintf("it expired %s ago, by the clock of this machine", now.Sub(c.ExpiresAt.Time).Round(time.Second))
	case c.NotBefore != nil && now.Before(c.NotBefore.Add(-skew)):
		return fmt.Sprintf("it is not valid before %s, by the clock of this machine", c.NotBefore.UTC().Format(time.RFC3339))
	case c.IssuedAt != nil && now.Before(c.IssuedAt.Add(-skew)):
		return "it was issued in the future, by the clock of this machine"
	case c.Subject == "":
		return "it does not say whose it is (claim sub)"
	case len(c.Rooms) == 0:
		return "it names no room (claim rooms)"
	case c.Create != nil && !*c.Create:
		return "it may not open a room (claim create)"
	case room != "" && !covers(c.Rooms, room):
		return fmt.Sprintf("it does not name the room %s (claim rooms)", room)
	}
	return ""
}

func covers(patterns []string, room string) bool {
	for _, p := range patterns {
		if prefix, open := strings.CutSuffix(p, "*"); p == room || open && strings.HasPrefix(room, prefix) {
			return true
		}
	}
	return false
}

// Room is one that the token lets its holder join, "" if there is none to be seen; suffix makes it one's own where the
// token leaves the choice.
func Room(token, suffix string) string {
	var c Claims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &c); err != nil {
		return ""
	}
	for _, p := range c.Rooms {
		if prefix, open := strings.CutSuffix(p, "*"); open {
			return prefix + suffix
		}
	}
	if len(c.Rooms) > 0 {
		return c.Rooms[0]
	}
	return ""
}
