package socketio

import (
	"encoding/json"
	"net/url"
	"slices"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/packet"
)

// The bounds of what is remembered of a connection, so that it stays cheap to write.
const (
	maxQuery   = 384 // bytes of the handshake's query
	maxAuth    = 256 // bytes of what a CONNECT brought, for each socket
	maxSockets = 16  // namespaces of a connection
)

// state is what is remembered of a connection.
type state struct {
	Version packet.Version   `json:"v"`
	Engine  string           `json:"e,omitempty"` // its id of Engine.IO, where that is known
	Query   string           `json:"q,omitempty"` // what the app put into it
	Recipe  string           `json:"r,omitempty"` // that the query asks for
	Final   bool             `json:"f,omitempty"` // its client cannot take up a lost socket
	Refused string           `json:"x,omitempty"` // why the token of the query was not taken
	Sockets map[string]*self `json:"s,omitempty"` // by namespace
	Left    []string         `json:"l,omitempty"` // namespaces that its client has disconnected from
}

// self is what is remembered of a socket.
type self struct {
	ID     string                     `json:"i"`
	Origin signaling.ConnID           `json:"o,omitempty"` // the connection of its id, if that is an earlier one
	Name   string                     `json:"n,omitempty"`
	Data   map[string]json.RawMessage `json:"d,omitempty"`
	Auth   json.RawMessage            `json:"a,omitempty"`
}

func (s state) encode() string {
	raw, _ := json.Marshal(s) // strings, numbers and valid JSON never fail
	return string(raw)
}

func decodeState(text string) (s state, err error) {
	if text == "" {
		return s, nil
	}
	err = json.Unmarshal([]byte(text), &s)
	return s, err
}

// ours are the parameters of a handshake that are not the app's.
var ours = []string{"EIO", "transport", "sid", "t", "b64", "j", "token", "recipe", "dialect", "path", "p", "parley"}

// appQuery returns the app's part of a query, as far as it is remembered: parameters by their names,
// as many as there is room for.
func appQuery(query url.Values) string {
	kept := url.Values{}
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if slices.Contains(ours, name) {
			continue
		}
		kept[name] = query[name]
		if len(kept.Encode()) > maxQuery {
			delete(kept, name)
		}
	}
	return kept.Encode()
}
