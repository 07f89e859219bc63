package app

import (
	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/dialect/peerjs"
	"github.com/parley-rtc/parley/internal/dialect/ywebrtc"
	"github.com/parley-rtc/parley/internal/gateway"
)

// Served are the client protocols that are served, in the order in which what a client shows is
// offered to them. A new one is a line here and a name in DIALECTS.
func (c Config) Served(parley *native.Dialect) gateway.Dialects {
	served := gateway.Dialects{parley}
	for _, one := range []struct {
		name string
		is   func() dialect.Dialect
	}{
		{DialectYWebRTC, func() dialect.Dialect { return &ywebrtc.Dialect{} }},
		{DialectPeerJS, func() dialect.Dialect { return peerjs.New(c.PeerJSKey, c.Auth.Mode == AuthJWT) }},
	} {
		if c.Serves(one.name) {
			served = append(served, one.is())
		}
	}
	return served
}
