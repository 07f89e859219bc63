package signaling

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the TURN REST credential is defined with HMAC-SHA1
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
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

// pseudonym names a connection without telling its id.
func pseudonym(conn ConnID) string {
	sum := sha256.Sum256([]byte(conn))
	return hex.EncodeToString(sum[:6])
}
