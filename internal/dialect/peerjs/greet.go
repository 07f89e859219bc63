package peerjs

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
)

// maxID is the longest id, in bytes.
const maxID = 128

// isID reports whether the client takes it for an id: letters and digits, and between them single
// spaces, dashes or underscores.
func isID(id string) bool {
	joint := true // what comes now cannot be one
	for _, r := range id {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			joint = false
		case joint || r != ' ' && r != '_' && r != '-':
			return false
		default:
			joint = true
		}
	}
	return !joint && len(id) <= maxID
}

// What clients are told. The first two are the words of PeerJS's own server.
const (
	noParameters = "No id, token, or key supplied to websocket server"
	invalidKey   = "Invalid key provided"
	badID        = "Invalid id provided: want 1 to 128 letters and digits, with single spaces, - or _ between them"
)

// state is what is remembered of a connection.
type state struct {
	ID      string `json:"id,omitempty"`
	Claim   string `json:"claim,omitempty"`   // a hash of the client's token
	Refused string `json:"refused,omitempty"` // what it is to be told, if it may not open
}

func (s state) encode() string {
	raw, _ := json.Marshal(s) // strings never fail
	return string(raw)
}

func decodeState(text string) (s state, err error) {
	err = json.Unmarshal([]byte(text), &s)
	return s, err
}

// Greet implements dialect.Dialect.
func (d *Dialect) Greet(h signaling.Handshake) (dialect.Greeting, bool) {
	if !plainly(h) {
		return dialect.Greeting{}, false
	}
	key, id, token := keyOf(h.Query), h.Query.Get("id"), h.Query.Get("token")
	s := state{ID: id, Claim: claim(token)}
	switch {
	case key == "" || id == "" || token == "":
		s = state{Refused: noParameters}
	case !isID(id):
		s = state{Refused: badID}
	case !d.keyIsToken && key != d.key:
		s = state{Refused: invalidKey}
	}
	g := dialect.Greeting{State: s.encode(), Opener: true, Refused: refusal(s)}
	if key != "" {
		g.Tokens = []string{key}
	}
	return g, true
}

// refusal says that a token was not taken, unless there is something else to say.
func refusal(s state) func(*signaling.Error) string {
	return func(e *signaling.Error) string {
		if s.Refused == "" {
			s = state{Refused: invalidKey + ": " + e.Msg}
		}
		return s.encode()
	}
}

// plainly reports whether a handshake is of a PeerJS client, which names all parameters, also those
// that it has no value for, and offers no subprotocol.
func plainly(h signaling.Handshake) bool {
	switch {
	case dialect.Selects(h, Name):
		return true
	case len(h.Subprotocols()) > 0:
		return false
	}
	key := h.Query.Has("key") || keyOf(h.Query) != ""
	named := 0
	for _, has := range []bool{key, h.Query.Has("id"), h.Query.Has("token")} {
		if has {
			named++
		}
	}
	// An id and a token may be anybody's. Before 1.4 there was no version.
	path := strings.HasSuffix(h.Query.Get("path"), "/peerjs") // as the front door keeps it
	return named == 3 || named == 2 && h.Query.Has("version") && (key || path)
}

// keyOf returns the key. With path: "/STAGE?p=" the client asks for
// /STAGE?p=/peerjs?key=peerjs&id=alice&…, so that it is in the value of p.
func keyOf(query url.Values) string {
	if query.Has("key") {
		return query.Get("key")
	}
	_, inner, _ := strings.Cut(query.Get("p"), "?")
	values, err := url.ParseQuery(inner)
	if err != nil {
		return ""
	}
	return values.Get("key")
}

// claim is kept in place of a token, which is a secret.
func claim(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
