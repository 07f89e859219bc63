package native

import (
	"encoding/json"
	"strconv"

	"github.com/parley-rtc/parley/internal/jsonscan"
	"github.com/parley-rtc/parley/internal/signaling"
)

const (
	maxID     = 64  // bytes of an id
	maxReason = 256 // bytes of a reason
	maxN      = 1 << 53
)

// Codec translates parley.v1. It has no state. The zero Codec has the protocol's own actions; New adds a project's.
type Codec struct {
	actions []string
}

// Decode returns the command in a client's frame. An error is a *signaling.RequestError with as much of the request as
// could be read.
func (c Codec) Decode(frame []byte) (signaling.Command, error) {
	f, fail := object(frame)
	if fail != nil {
		return nil, &signaling.RequestError{Err: fail}
	}
	req, fail := request(f)
	if fail != nil {
		return nil, &signaling.RequestError{Request: req, Err: fail}
	}
	cmd, fail := command(req, f)
	if fail != nil && fail.Code == signaling.CodeUnknownAction {
		cmd, fail = c.custom(req, f, fail)
	}
	if fail != nil {
		return nil, &signaling.RequestError{Request: req, Err: fail}
	}
	return cmd, nil
}

func request(f jsonscan.Fields) (signaling.Request, *signaling.Error) {
	var req signaling.Request
	if raw, ok := f.Get("id"); ok {
		id, err := text("id", raw)
		if err != nil {
			return req, err
		}
		if len(id) > maxID {
			return req, signaling.Errorf(signaling.CodeBadRequest, "id: %d bytes long, want at most %d", len(id), maxID)
		}
		req.ID = string(raw)
	}
	raw, ok := f.Get("action")
	if !ok {
		return req, signaling.Errorf(signaling.CodeBadRequest, "action is missing")
	}
	action, err := text("action", raw)
	if err != nil {
		return req, err
	}
	if len(action) <= maxID {
		req.Action = action
	}
	return req, nil
}

func command(req signaling.Request, f jsonscan.Fields) (signaling.Command, *signaling.Error) {
	r := reader{f: f}
	var cmd signaling.Command
	switch req.Action {
	case "join":
		cmd = signaling.Join{
			Request: req, Room: r.room(), Peer: r.optionalPeer(), Data: r.optional("data"), Resume: r.optionalText("resume"),
			Pass: r.optionalText("pass"),
		}
	case "report":
		cmd = signaling.Report{Request: req, Room: r.room(), Peer: signaling.PeerName(r.name("peer"))}
	case "leave":
		cmd = signaling.Leave{Request: req, Room: r.room()}
	case "signal":
		signal := signaling.Signal{
			Request: req, Room: r.room(), To: r.to(), Address: r.optionalText("address"), Data: r.data(), N: r.counter(),
		}
		if signal.N == nil {
			signal.Order = order(signal.Data)
		}
		cmd = signal
	case "broadcast":
		cmd = signaling.Broadcast{Request: req, Room: r.room(), Data: r.data(), N: r.counter(), Rev: r.revision()}
	case "update":
		cmd = signaling.Update{Request: req, Room: r.room(), Data: r.data(), Rev: r.revision()}
	case "roster":
		cmd = signaling.ListRoster{Request: req, Room: r.room()}
	case "kick":
		cmd = signaling.Kick{Request: req, Room: r.room(), Peer: signaling.PeerName(r.name("peer")), Reason: r.reason()}
	case "lock", "unlock":
		cmd = signaling.SetLock{Request: req, Room: r.room(), Locked: req.Action == "lock"}
	case "knock":
		cmd = signaling.Knock{Request: req, Room: r.room(), Peer: r.optionalPeer(), Data: r.optional("data")}
	case "admit":
		cmd = signaling.Admit{Request: req, Room: r.room(), Peer: signaling.PeerName(r.name("peer"))}
	case "deny":
		cmd = signaling.Deny{Request: req, Room: r.room(), Peer: signaling.PeerName(r.name("peer")), Reason: r.reason()}
	case "ice":
		cmd = signaling.GetICE{Request: req}
		if _, ok := f.Get("room"); ok {
			r.room()
		}
	case "ping":
		cmd = signaling.Ping{Request: req}
	default:
		return nil, signaling.Errorf(signaling.CodeUnknownAction,
			"no such action: want join, leave, signal, broadcast, update, roster, report, kick, lock, unlock, knock, admit, deny, ice or ping")
	}
	return cmd, r.err
}

// reader reads the members of a frame and keeps the first error.
type reader struct {
	f   jsonscan.Fields
	err *signaling.Error
}

func (r *reader) fail(err *signaling.Error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) name(field string) string {
	raw, ok := r.f.Get(field)
	if !ok {
		r.fail(signaling.Errorf(signaling.CodeBadRequest, "%s is missing", field))
		return ""
	}
	s, err := text(field, raw)
	if err != nil {
		r.fail(err)
		return ""
	}
	if err := signaling.CheckName(field, s); err != nil {
		r.fail(signaling.Describe(err))
	}
	return s
}

func (r *reader) room() signaling.RoomID { return signaling.RoomID(r.name("room")) }
func (r *reader) to() signaling.PeerName { return signaling.PeerName(r.name("to")) }

func (r *reader) optionalPeer() signaling.PeerName {
	if _, ok := r.f.Get("peer"); !ok {
		return ""
	}
	return signaling.PeerName(r.name("peer"))
}

func (r *reader) optional(field string) json.RawMessage {
	raw, _ := r.f.Get(field)
	return raw
}

func (r *reader) optionalText(field string) string {
	raw, ok := r.f.Get(field)
	if !ok {
		return ""
	}
	s, err := text(field, raw)
	if err != nil {
		r.fail(err)
	}
	return s
}

func (r *reader) reason() string {
	s := r.optionalText("reason")
	if len(s) > maxReason {
		r.fail(signaling.Errorf(signaling.CodeBadRequest, "reason: %d bytes long, want at most %d", len(s), maxReason))
	}
	return s
}

func (r *reader) data() json.RawMessage {
	raw, ok := r.f.Get("data")
	if !ok {
		r.fail(signaling.Errorf(signaling.CodeBadRequest, "data is missing: want any JSON value"))
	}
	return raw
}

func (r *reader) counter() json.RawMessage {
	raw, ok := r.f.Get("n")
	if !ok {
		return nil
	}
	if n, err := strconv.ParseUint(string(raw), 10, 64); err != nil || n > maxN {
		r.fail(signaling.Errorf(signaling.CodeBadRequest, "n: want a whole number from 0 to 2^53"))
	}
	return raw
}

func (r *reader) revision() int64 {
	raw, ok := r.f.Get("rev")
	if !ok {
		return 0
	}
	rev, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || rev < 0 || rev > maxN {
		r.fail(signaling.Errorf(signaling.CodeBadRequest,
			"rev: want the latest revision of the room that you know, a whole number"))
	}
	return rev
}

// text returns the value of a member that must be a string.
func text(field string, raw json.RawMessage) (string, *signaling.Error) {
	s, ok := jsonscan.Text(raw)
	if !ok {
		return "", signaling.Errorf(signaling.CodeBadRequest, "%s: want a string", field)
	}
	return s, nil
}
