package main

import (
	"encoding/json"

	parley "github.com/parley-rtc/parley/client/go"
	"github.com/pion/webrtc/v4"
)

const maxControl = 16 << 10

// control is what pages tell each other over a channel of their own: here, signals that do not go by
// the server.
type control struct {
	Type string `json:"type"`
	parley.Bypassed
}

// parseControl reads what came by that channel; ok is false of what is of another kind.
func parseControl(text []byte) (b parley.Bypassed, ok bool) {
	var c control
	if len(text) > maxControl || json.Unmarshal(text, &c) != nil {
		return b, false
	}
	return c.Bypassed, c.Type == "signal"
}

// bypass has signals go by a channel while it is open.
func (c *conn) bypass(channel *webrtc.DataChannel) {
	room, name := c.link.bot.room, c.link.name
	room.Bypass(name, nil) // the channel before is gone
	use := func(send func(parley.Bypassed) bool) {
		c.link.do(func() error {
			if c.link.conn == c && !c.link.closed {
				room.Bypass(name, send)
			}
			return nil
		})
	}
	channel.OnOpen(func() {
		use(func(b parley.Bypassed) bool { // which must not ask the link: it may be the one who sends
			text, err := json.Marshal(control{"signal", b})
			fits := err == nil && len(text) <= maxControl
			return fits && c.pc.ConnectionState() == webrtc.PeerConnectionStateConnected && channel.SendText(string(text)) == nil
		})
	})
	channel.OnClose(func() { use(nil) })
	channel.OnMessage(func(m webrtc.DataChannelMessage) {
		if b, ok := parseControl(m.Data); ok && m.IsString {
			room.Passed(name, b)
		}
	})
}
