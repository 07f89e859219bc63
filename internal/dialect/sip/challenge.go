package sip

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
	"github.com/parley-rtc/parley/internal/sip/digest"
)

// A nonce is sealed for the connection that it was given to: on another it is as good as expired.
// It says when that was, in Unix milliseconds.
var nonces = seal.Purpose{Name: "sip nonce 1", Fields: 2}

const nonceLife = 5 * time.Minute

// door is where credentials are asked for (RFC 3261, 22).
type door struct {
	status                 int
	challenge, credentials string // the header fields
	reason                 string
}

var (
	registrar = door{
		status: 401, challenge: "WWW-Authenticate", credentials: "Authorization", reason: "Unauthorized",
	}
	proxy = door{
		status: 407, challenge: "Proxy-Authenticate", credentials: "Proxy-Authorization",
		reason: "Proxy Authentication Required",
	}
)

// proof is what credentials have shown. The zero value is that none were needed.
type proof struct {
	user  string
	nonce string // as mark
	given int64  // when the nonce was, Unix milliseconds
	count uint32
}

// realm is where the users of a host belong.
func (d *Dialect) realm(host string) string {
	if d.Domain != "" {
		return d.Domain
	}
	return host
}

// users returns who has a password.
func (d *Dialect) users(ctx context.Context) (digest.Users, error) {
	if d.Users == nil {
		return nil, nil
	}
	return d.Users(ctx)
}

// authenticate returns whose the credentials of a request are. It fails with an *answer that asks
// for them: for others if these are wrong, and with stale=true if it is only their nonce, which
// says that the password need not be asked for again. A stranger is told what a wrong password is.
// The nonce's count is the caller's to look at.
func (d *Dialect) authenticate(
	ctx context.Context, c *dialect.Conn, m *sip.Message, at door, users digest.Users, realm string,
) (proof, error) {
	shown, err := credentials(m, at, realm)
	if err != nil {
		return proof{}, err
	}
	if shown == nil {
		return proof{}, d.challenge(c, at, users, realm, false)
	}
	if err := c.MayList(ctx); err != nil { // whoever guesses passwords hears this soon
		return proof{}, err
	}
	if !users.Check(*shown, m.Method) {
		a := d.challenge(c, at, users, realm, false)
		a.code, a.reason = signaling.CodeUnauthorized, "Wrong user or password"
		return proof{}, a
	}
	ends, fields, err := d.Sealer.Open(nonces, shown.Nonce)
	if err != nil || fields[0] != string(c.ID) || !c.Time.Before(ends) {
		return proof{}, d.challenge(c, at, users, realm, true)
	}
	given, err := strconv.ParseInt(fields[1], 10, 64)
	return proof{user: shown.Username, nonce: mark(shown.Nonce), given: given, count: shown.Count}, err
}

// credentials returns those for the realm, nil if there are none.
func credentials(m *sip.Message, at door, realm string) (*digest.Credentials, error) {
	for _, value := range m.Header.Values(at.credentials) {
		shown, err := digest.Parse(value)
		if errors.Is(err, digest.ErrScheme) {
			continue
		}
		if err != nil {
			return nil, answered(signaling.CodeBadRequest, 400, err.Error())
		}
		switch {
		case !strings.EqualFold(shown.Realm, realm): // another's, further on
		case shown.URI != m.URI:
			return nil, answered(signaling.CodeBadRequest, 400, "The credentials are for another Request-URI")
		default:
			return &shown, nil
		}
	}
	return nil, nil
}

// challenge asks for credentials, in a field for each algorithm: see package digest for why.
func (d *Dialect) challenge(c *dialect.Conn, at door, users digest.Users, realm string, stale bool) *answer {
	a := answered("", at.status, at.reason)
	nonce := d.Sealer.Seal(nonces, c.Time.Add(nonceLife), string(c.ID), strconv.FormatInt(c.Time.UnixMilli(), 10))
	asked := digest.Challenge{Realm: realm, Nonce: nonce, Stale: stale}
	for _, algorithm := range users.Algorithms() {
		a.header.Add(at.challenge, asked.Value(algorithm))
	}
	return a
}
