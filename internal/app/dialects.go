package app

import (
	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/dialect/peerjs"
	"github.com/parley-rtc/parley/internal/dialect/sip"
	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/dialect/ywebrtc"
	"github.com/parley-rtc/parley/internal/gateway"
)

// DialectParley is the name of parley.v1 in DIALECTS. It is always served.
const DialectParley = "parley"

// foreign are the protocols of other people's clients, in the order in which what a client shows is
// offered to them. A new one is a line here: its name is also that in DIALECTS.
func (c Config) foreign() []dialect.Dialect {
	return []dialect.Dialect{
		&ywebrtc.Dialect{},
		peerjs.New(c.PeerJSKey, c.Auth.Mode == AuthJWT),
		socketio.New(),
		sip.New(),
	}
}

// Served are the protocols that are served: ours, and those of the others that DIALECTS names.
func (c Config) Served(parley *native.Dialect) gateway.Dialects {
	served := gateway.Dialects{parley}
	for _, d := range c.foreign() {
		if c.Serves(d.Name()) {
			served = append(served, d)
		}
	}
	return served
}

// allDialects are the names in DIALECTS.
func allDialects() []string {
	names := []string{DialectParley}
	for _, d := range (Config{}).foreign() {
		names = append(names, d.Name())
	}
	return names
}
