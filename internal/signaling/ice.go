package signaling

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the TURN REST credential is defined with HMAC-SHA1
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"time"
)

// ICEServer is an RTCIceServer of WebRTC.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// ICE says which ICE servers clients are given.
type ICE struct {
	Servers []ICEServer   // as they are
	TURN    []string      // turn: and turns: URLs that take time-limited credentials
	Secret  string        // shared with the TURN server (coturn: static-auth-secret)
	TTL     time.Duration // how long a credential lives
}

// For returns the servers for one connection, and the epoch second at which the TURN credential ends (0 without one).
// The credential follows the TURN REST API (draft-uberti-behave-turn-rest-00, section 2.2): the user name is
// "{expiry}:{user}", the password is the base64 of its HMAC-SHA1 under the shared secret.
func (i ICE) For(conn ConnID, now time.Time) ([]ICEServer, int64) {
	servers := append([]ICEServer{}, i.Servers...)
	if len(i.TURN) == 0 {
		return servers, 0
	}
	expires := now.Add(i.TTL).Unix()
	username := strconv.FormatInt(expires, 10) + ":" + pseudonym(conn)
	mac := hmac.New(sha1.New, []byte(i.Secret))
	mac.Write([]byte(username))
	return append(servers, ICEServer{
		URLs:       i.TURN,
		Username:   username,
		Credential: base64.StdEncoding.EncodeToString(mac.Sum(nil)),
	}), expires
}

// size bounds what the servers take in a frame, in bytes.
func (i ICE) size() int {
	const overhead, credential = 48, 64 // of a server: names of members; user name and password
	n := 0
	for _, s := range append(i.Servers, ICEServer{URLs: i.TURN}) {
		n += overhead + credential + len(s.Username) + len(s.Credential)
		for _, url := range s.URLs {
			n += len(url) + len(`"",`)
		}
	}
	return n
}

// pseudonym names a connection without telling its id.
func pseudonym(conn ConnID) string {
	sum := sha256.Sum256([]byte(conn))
	return hex.EncodeToString(sum[:6])
}

// listICE lends TURN credentials to who is in a room, with a token that has not ended if one is needed; others get the servers
// that need none.
func (t *turn) listICE(ctx context.Context, c GetICE) (answer, error) {
	lent := len(t.ICE.TURN) > 0
	if lent {
		conn, err := t.Store.Connection(ctx, t.from.Conn, false)
		if errors.Is(err, ErrGone) || err == nil && !conn.Seated() { // it may have joined a moment ago
			conn, err = t.Store.Connection(ctx, t.from.Conn, true)
		}
		if err != nil && !errors.Is(err, ErrGone) {
			return answer{}, err
		}
		lent = conn.Seated() && (!t.NeedRights || conn.Rights != nil && !conn.Rights.over(t.from.Time))
	}
	if !lent {
		return answer{event: ICEListed{Request: c.Request, Servers: append([]ICEServer{}, t.ICE.Servers...)}}, nil
	}
	servers, expires := t.ICE.For(t.from.Conn, t.from.Time)
	return answer{event: ICEListed{c.Request, servers, expires}}, nil
}
