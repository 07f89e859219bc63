package native

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/parley-rtc/parley/internal/signaling"
)

// Encode returns the server frame of an event. data goes in byte for byte, which encoding/json would not do.
func (Codec) Encode(ev signaling.Event) ([]byte, error) {
	switch e := ev.(type) {
	case signaling.Joined:
		return answer("joined", e.Request).text("room", string(e.Room)).text("peer", string(e.Peer)).
			optional("role", string(e.Role)).number("rev", e.Rev).peers(e.Peers).raw("ice", iceServers(e.ICE)).
			optional("resume", e.Resume).number("seats", int64(e.Seats)).flag("locked", e.Locked).waiting(e.Waiting).end(), nil
	case signaling.RosterListed:
		return answer("roster", e.Request).text("room", string(e.Room)).optional("role", string(e.Role)).number("rev", e.Rev).
			peers(e.Peers).flag("locked", e.Locked).waiting(e.Waiting).end(), nil
	case signaling.ICEListed:
		f := answer("ice", e.Request).raw("servers", iceServers(e.Servers))
		if e.Expires != 0 {
			f = f.number("expires", e.Expires)
		}
		return f.end(), nil
	case signaling.Done:
		f := answer("ok", e.Request).flag("queued", e.Queued)
		if e.Rev != 0 {
			f = f.number("rev", e.Rev)
		}
		return f.own(e.Fields, "type", "id", "queued")
	case signaling.Pong:
		return answer("pong", e.Request).end(), nil
	case signaling.Failed:
		f := answer("error", e.Request)
		if e.Request.Action != "" {
			f = f.text("action", e.Request.Action)
		}
		return f.text("code", string(e.Err.Code)).text("message", e.Err.Msg).
			raw("retry", strconv.AppendBool(nil, e.Err.Retry)).end(), nil
	case signaling.PeerJoined:
		return event("peer-joined").text("room", string(e.Room)).number("rev", e.Rev).peer(e.Peer).end(), nil
	case signaling.PeerLost:
		return event("peer-lost").text("room", string(e.Room)).number("rev", e.Rev).text("peer", string(e.Peer)).
			number("until", e.Until.UnixMilli()).end(), nil
	case signaling.PeerBack:
		return event("peer-back").text("room", string(e.Room)).number("rev", e.Rev).peer(e.Peer).end(), nil
	case signaling.PeerUpdated:
		return event("peer-updated").text("room", string(e.Room)).number("rev", e.Rev).text("peer", string(e.Peer)).
			raw("data", e.Data).end(), nil
	case signaling.PeerLeft:
		return event("peer-left").text("room", string(e.Room)).number("rev", e.Rev).text("peer", string(e.Peer)).
			text("reason", string(e.Reason)).end(), nil
	case signaling.Kicked:
		return event("kicked").text("room", string(e.Room)).text("by", string(e.By)).optional("reason", e.Reason).end(), nil
	case signaling.LockChanged:
		kind := "room-unlocked"
		if e.Locked {
			kind = "room-locked"
		}
		return event(kind).text("room", string(e.Room)).number("rev", e.Rev).text("by", string(e.By)).end(), nil
	case signaling.Knocked:
		return event("knocked").text("room", string(e.Room)).text("peer", string(e.Peer)).raw("data", e.Data).end(), nil
	case signaling.KnockLeft:
		return event("knock-left").text("room", string(e.Room)).text("peer", string(e.Peer)).end(), nil
	case signaling.Admitted:
		return event("admitted").text("room", string(e.Room)).text("peer", string(e.Peer)).
			optional("pass", e.Pass).optional("by", string(e.By)).end(), nil
	case signaling.Denied:
		return event("denied").text("room", string(e.Room)).optional("peer", string(e.Peer)).text("by", string(e.By)).
			optional("reason", e.Reason).end(), nil
	case signaling.Signaled:
		return relayed("signal", e.Room, e.From, e.Data, e.N), nil
	case signaling.Broadcasted:
		return relayed("broadcast", e.Room, e.From, e.Data, e.N), nil
	case signaling.CustomEvent:
		return customEvent(e)
	}
	return nil, fmt.Errorf("parley.v1 has no frame for %T", ev)
}

func relayed(kind string, room signaling.RoomID, from signaling.PeerName, data, n []byte) []byte {
	return begin(small+len(data)).text("type", kind).text("room", string(room)).text("from", string(from)).
		raw("data", data).raw("n", n).end()
}

// frame is a JSON object under construction.
type frame []byte

// small is room for what most frames have beside data.
const small = 192

func event(kind string) frame { return begin(small).text("type", kind) }

// begin begins a frame of about that size.
func begin(size int) frame { return append(make(frame, 0, size), '{') }

func answer(kind string, r signaling.Request) frame { return event(kind).raw("id", []byte(r.ID)) }

// name begins a member.
func (f frame) name(name string) frame {
	if f[len(f)-1] != '{' {
		f = append(f, ',')
	}
	f = append(f, '"')
	f = append(f, name...)
	return append(f, `":`...)
}

// raw appends a member whose value is JSON already; an absent value leaves the member out.
func (f frame) raw(name string, value []byte) frame {
	if len(value) == 0 {
		return f
	}
	return append(f.name(name), value...)
}

func (f frame) text(name, value string) frame {
	f = f.name(name)
	if !plain(value) {
		quoted, _ := json.Marshal(value) // a string always can be
		return append(f, quoted...)
	}
	f = append(f, '"')
	f = append(f, value...)
	return append(f, '"')
}

// plain reports whether all characters of a string stand for themselves in JSON, as encoding/json
// writes it.
func plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}

func (f frame) optional(name, value string) frame {
	if value == "" {
		return f
	}
	return f.text(name, value)
}

// flag is nothing where it is not set.
func (f frame) flag(name string, set bool) frame {
	if !set {
		return f
	}
	return append(f.name(name), "true"...)
}

func (f frame) number(name string, value int64) frame {
	return strconv.AppendInt(f.name(name), value, 10)
}

func (f frame) peer(p signaling.PeerView) frame {
	f = f.text("peer", string(p.Name)).text("address", p.Address).raw("data", p.Data)
	if p.Role != "" {
		f = f.text("role", string(p.Role))
	}
	if !p.Lost.IsZero() {
		f = f.number("lost", p.Lost.UnixMilli())
	}
	return f
}

func (f frame) end() []byte { return append(f, '}') }

func (f frame) peers(views []signaling.PeerView) frame {
	f = append(f.name("peers"), '[')
	for i, p := range views {
		if i > 0 {
			f = append(f, ',')
		}
		f = append(f, '{')
		f = append(f.peer(p), '}')
	}
	return append(f, ']')
}

// waiting is nothing where nobody waits.
func (f frame) waiting(views []signaling.WaitingView) frame {
	if len(views) == 0 {
		return f
	}
	f = append(f.name("waiting"), '[')
	for i, w := range views {
		if i > 0 {
			f = append(f, ',')
		}
		f = append(f, '{')
		f = append(f.text("peer", string(w.Name)).raw("data", w.Data), '}')
	}
	return append(f, ']')
}

func iceServers(servers []signaling.ICEServer) []byte {
	if len(servers) == 0 {
		return []byte("[]")
	}
	list, _ := json.Marshal(servers) // strings only
	return list
}
