package wire

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
)

// Protocol is the WebSocket subprotocol.
const Protocol = "parley.v1"

// MaxFrame is how many bytes API Gateway takes in one frame. It closes the socket for a larger one.
const MaxFrame = 32 << 10

// ErrBroken says that something is no frame of parley.v1.
var ErrBroken = errors.New("not a frame of parley.v1")

// Frame is what a server says. What docs/protocol.md has no field for is in Raw. API Gateway's own
// failures have a Message and no Type.
type Frame struct {
	Type    string
	ID      string
	Action  string
	Room    string
	Peer    string
	From    string
	By      string
	Rev     int64
	Reason  string
	Code    string
	Message string
	Retry   bool
	Address string
	Role    string
	Data    json.RawMessage // nil when there is none
	N       int64
	HasN    bool
	Lost    int64 // a peer's, or its until: epoch milliseconds, 0 when it is not lost
	Seats   int
	Locked  bool
	Resume  string
	Pass    string
	Queued  bool
	Peers   []Entry
	Waiting []Knock
	ICE     []ICEServer // of joined and of ice
	Expires int64       // of ice: epoch seconds, 0 when it does not say
	Raw     json.RawMessage
}

// Refusal is what an error frame says, nil for any other frame.
func (f Frame) Refusal() *Refusal {
	if f.Type != "error" && f.Type != "" {
		return nil
	}
	return &Refusal{Code: f.Code, Message: f.Message, Retry: f.Retry || f.Type == ""}
}

// Entry is another peer of a room.
type Entry struct {
	Peer    string
	Address string
	Role    string
	Data    json.RawMessage
	Lost    int64
}

// Knock is somebody who waits to be let in.
type Knock struct {
	Peer string
	Data json.RawMessage
}

// ICEServer is an RTCIceServer.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// fields are an object's members. What has another type than the one that is asked for counts as
// absent, as unknown members do: a newer server may have given it another meaning.
type fields map[string]json.RawMessage

// Decode reads a frame. It fails with ErrBroken for what is no object, or lacks what its type must
// have.
func Decode(raw []byte) (Frame, error) {
	var all fields
	if json.Unmarshal(raw, &all) != nil || all == nil {
		return Frame{}, ErrBroken
	}
	f := Frame{Raw: json.RawMessage(raw), ID: all.text("id"), Room: all.text("room"), Message: all.text("message")}
	var typed bool
	if f.Type, typed = as[string](all, "type"); !typed {
		if _, gateway := as[string](all, "message"); gateway {
			return f, nil
		}
		return Frame{}, ErrBroken
	}
	if !f.read(all) {
		return Frame{}, ErrBroken
	}
	return f, nil
}

func (f *Frame) read(all fields) bool {
	switch f.Type {
	case "ok":
		f.Queued = all.flag("queued")
		f.Rev, _ = all.whole("rev")
	case "pong":
	case "error":
		f.Action, f.Code, f.Retry = all.text("action"), all.text("code"), all.flag("retry")
	case "ice":
		f.ICE = all.servers("servers")
		f.Expires, _ = all.whole("expires")
	case "joined", "roster", "room-locked", "room-unlocked",
		"peer-joined", "peer-back", "peer-updated", "peer-lost", "peer-left":
		return f.readPresence(all)
	case "kicked":
		f.By, f.Reason = all.text("by"), all.text("reason")
		return all.has("room")
	case "knocked", "knock-left", "admitted", "denied":
		f.Peer, f.By, f.Reason = all.text("peer"), all.text("by"), all.text("reason")
		f.Pass, f.Data = all.text("pass"), all["data"]
		return all.has("room") && (f.Type == "denied" || all.has("peer"))
	case "signal", "broadcast":
		f.From, f.Data = all.text("from"), all["data"]
		f.N, f.HasN = all.whole("n")
		return all.has("room") && all.has("from")
	default: // of an action that is the service's own
		f.From = all.text("from")
	}
	return true
}

func (f *Frame) readPresence(all fields) bool {
	var counted bool
	f.Rev, counted = all.whole("rev")
	f.By, f.Peer, f.Data, f.Reason = all.text("by"), all.text("peer"), all["data"], all.text("reason")
	f.Address, f.Role = all.text("address"), all.text("role")
	f.Lost, _ = all.whole("until")
	f.Peers, f.Waiting, f.Locked = all.entries("peers"), all.knocks("waiting"), all.flag("locked")
	if f.Type == "joined" {
		seats, _ := all.whole("seats")
		f.Seats, f.Resume, f.ICE = int(seats), all.text("resume"), all.servers("ice")
	}
	named := all.has("peer") || f.Type == "roster" || f.Type == "room-locked" || f.Type == "room-unlocked"
	return all.has("room") && counted && named
}

func (all fields) entries(name string) []Entry {
	list, _ := as[[]json.RawMessage](all, name)
	entries := make([]Entry, 0, len(list))
	for _, raw := range list {
		var one fields
		if json.Unmarshal(raw, &one) != nil || !one.has("peer") {
			continue
		}
		lost, _ := one.whole("lost")
		entries = append(entries, Entry{
			Peer: one.text("peer"), Address: one.text("address"), Role: one.text("role"), Data: one["data"], Lost: lost,
		})
	}
	return entries
}

func (all fields) knocks(name string) []Knock {
	var knocks []Knock
	for _, e := range all.entries(name) {
		knocks = append(knocks, Knock{Peer: e.Peer, Data: e.Data})
	}
	return knocks
}

// servers leaves out what an RTCPeerConnection could not use.
func (all fields) servers(name string) []ICEServer {
	list, _ := as[[]json.RawMessage](all, name)
	servers := make([]ICEServer, 0, len(list))
	for _, raw := range list {
		var one fields
		if json.Unmarshal(raw, &one) != nil {
			continue
		}
		urls, ok := as[[]string](one, "urls")
		if url, single := as[string](one, "urls"); single {
			urls, ok = []string{url}, true
		}
		if ok {
			s := ICEServer{URLs: urls, Username: one.text("username"), Credential: one.text("credential")}
			servers = append(servers, s)
		}
	}
	return servers
}

func (all fields) has(name string) bool {
	_, ok := as[string](all, name)
	return ok
}

func (all fields) text(name string) string {
	s, _ := as[string](all, name)
	return s
}

func (all fields) flag(name string) bool {
	b, _ := as[bool](all, name)
	return b
}

// whole is a number as JavaScript has it, which may be written 1e3.
func (all fields) whole(name string) (int64, bool) {
	number, ok := as[json.Number](all, name)
	if !ok || len(all[name]) > 0 && all[name][0] == '"' {
		return 0, false
	}
	if n, err := strconv.ParseInt(string(number), 10, 64); err == nil {
		return n, true
	}
	f, err := number.Float64()
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

func as[T any](all fields, name string) (value T, ok bool) {
	raw, there := all[name]
	if !there || string(raw) == "null" {
		return value, false
	}
	return value, json.Unmarshal(raw, &value) == nil
}
