package native_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-rtc/parley/internal/signaling"
)

// An oracle is the decoder of parley.v1 by encoding/json, which was the only one. FuzzDecodeMeans
// holds what came after it to what it says of a frame.
type oracle struct {
	actions []string
}

const (
	maxID     = 64  // bytes of an id
	maxReason = 256 // bytes of a reason
	maxDepth  = 128 // levels of nesting in a frame: what receivers of any language can parse
	maxN      = 1 << 53
)

// fields are the members of a frame, each as it was sent.
type fields map[string]json.RawMessage

func (c oracle) Decode(frame []byte) (signaling.Command, error) {
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

func object(frame []byte) (fields, *signaling.Error) {
	if depth(frame) > maxDepth {
		return nil, signaling.Errorf(signaling.CodeBadJSON, "the frame is nested deeper than %d levels", maxDepth)
	}
	if !json.Valid(frame) {
		return nil, signaling.Errorf(signaling.CodeBadJSON, "the frame is not JSON: send one JSON object a frame")
	}
	var f fields
	// A map and not a struct: encoding/json matches a struct's fields whatever their case.
	if err := json.Unmarshal(frame, &f); err != nil || f == nil {
		return nil, signaling.Errorf(signaling.CodeBadJSON, "the frame is JSON but no object: send one JSON object a frame")
	}
	return f, nil
}

// depth returns how deep arrays and objects nest in a frame, JSON or not.
func depth(frame []byte) int {
	deepest, level, quoted := 0, 0, false
	for i := 0; i < len(frame); i++ {
		switch c := frame[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}

func request(f fields) (signaling.Request, *signaling.Error) {
	var req signaling.Request
	if raw, ok := f["id"]; ok {
		id, err := text(f, "id")
		if err != nil {
			return req, err
		}
		if len(id) > maxID {
			return req, signaling.Errorf(signaling.CodeBadRequest, "id: %d bytes long, want at most %d", len(id), maxID)
		}
		req.ID = string(raw)
	}
	if _, ok := f["action"]; !ok {
		return req, signaling.Errorf(signaling.CodeBadRequest, "action is missing")
	}
	action, err := text(f, "action")
	if err != nil {
		return req, err
	}
	if len(action) <= maxID {
		req.Action = action
	}
	return req, nil
}

func command(req signaling.Request, f fields) (signaling.Command, *signaling.Error) {
	r := reader{f: f}
	var cmd signaling.Command
	switch req.Action {
	case "join":
		cmd = signaling.Join{
			Request: req, Room: r.room(), Peer: r.optionalPeer(), Data: f["data"], Resume: r.optionalText("resume"),
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
		cmd = signaling.Knock{Request: req, Room: r.room(), Peer: r.optionalPeer(), Data: f["data"]}
	case "admit":
		cmd = signaling.Admit{Request: req, Room: r.room(), Peer: signaling.PeerName(r.name("peer"))}
	case "deny":
		cmd = signaling.Deny{Request: req, Room: r.room(), Peer: signaling.PeerName(r.name("peer")), Reason: r.reason()}
	case "ice":
		cmd = signaling.GetICE{Request: req}
		if _, ok := f["room"]; ok {
			r.room()
		}
	case "ping":
		cmd = signaling.Ping{Request: req}
	default:
		return nil, signaling.Errorf(signaling.CodeUnknownAction,
			"no such action: want join, leave, signal, broadcast, update, roster, report, kick, lock, unlock, knock, admit, "+
				"deny, ice or ping")
	}
	return cmd, r.err
}

// reader reads the members of a frame and keeps the first error.
type reader struct {
	f   fields
	err *signaling.Error
}

func (r *reader) fail(err *signaling.Error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) name(field string) string {
	if _, ok := r.f[field]; !ok {
		r.fail(signaling.Errorf(signaling.CodeBadRequest, "%s is missing", field))
		return ""
	}
	s, err := text(r.f, field)
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
	if _, ok := r.f["peer"]; !ok {
		return ""
	}
	return signaling.PeerName(r.name("peer"))
}

func (r *reader) optionalText(field string) string {
	if _, ok := r.f[field]; !ok {
		return ""
	}
	s, err := text(r.f, field)
	if err != nil {
		r.fail(err)
	}
	return s
}

func (r *reader) reason() string {
	if _, ok := r.f["reason"]; !ok {
		return ""
	}
	s, err := text(r.f, "reason")
	if err == nil && len(s) > maxReason {
		err = signaling.Errorf(signaling.CodeBadRequest,
			"reason: %d bytes long, want at most %d", len(s), maxReason)
	}
	if err != nil {
		r.fail(err)
	}
	return s
}

func (r *reader) data() json.RawMessage {
	raw, ok := r.f["data"]
	if !ok {
		r.fail(signaling.Errorf(signaling.CodeBadRequest, "data is missing: want any JSON value"))
	}
	return raw
}

func (r *reader) counter() json.RawMessage {
	raw, ok := r.f["n"]
	if !ok {
		return nil
	}
	if n, err := strconv.ParseUint(string(raw), 10, 64); err != nil || n > maxN {
		r.fail(signaling.Errorf(signaling.CodeBadRequest, "n: want a whole number from 0 to 2^53"))
	}
	return raw
}

func (r *reader) revision() int64 {
	raw, ok := r.f["rev"]
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

// text returns a member that must be a string.
func text(f fields, field string) (string, *signaling.Error) {
	var s string
	if !bytes.HasPrefix(f[field], []byte{'"'}) || json.Unmarshal(f[field], &s) != nil {
		return "", signaling.Errorf(signaling.CodeBadRequest, "%s: want a string", field)
	}
	return s, nil
}

// custom decodes an action that is none of the protocol's, for which unknown is the error.
func (c oracle) custom(
	req signaling.Request, f fields, unknown *signaling.Error,
) (signaling.Command, *signaling.Error) {
	if len(c.actions) == 0 {
		return nil, unknown
	}
	if !slices.Contains(c.actions, req.Action) {
		return nil, signaling.Errorf(unknown.Code,
			"%s, or one of this service's own: %s", unknown.Msg, strings.Join(c.actions, ", "))
	}
	r := reader{f: f}
	cmd := signaling.Custom{Request: req, Room: r.room(), Fields: f}
	for _, envelope := range []string{"action", "id", "room"} {
		delete(f, envelope)
	}
	return cmd, r.err
}

func order(data json.RawMessage) signaling.Order {
	f, ok := members(data)
	if !ok {
		return signaling.Unordered
	}
	if o := f.order(); o != signaling.Unordered {
		return o
	}
	for _, envelope := range []string{"signal", "payload", "data", "message"} {
		if inner, ok := members(f[envelope]); ok {
			return inner.order()
		}
	}
	return signaling.Unordered
}

// members returns the members of an object by their plain names: lower case, without - and _.
func members(raw json.RawMessage) (fields, bool) {
	if len(raw) == 0 || raw[0] != '{' {
		return nil, false
	}
	var f map[string]json.RawMessage
	if json.Unmarshal(raw, &f) != nil {
		return nil, false
	}
	plain := make(fields, len(f))
	for _, name := range slices.Sorted(maps.Keys(f)) { // of two that are one, always the same counts
		plain[plainName(name)] = f[name]
	}
	return plain, true
}

var joints = strings.NewReplacer("-", "", "_", "")

func plainName(name string) string { return joints.Replace(strings.ToLower(name)) }

// order goes by the names of an object's members and by its type. A description may bring candidates along: it leads.
func (f fields) order() signaling.Order {
	kind := ""
	if t, err := text(f, "type"); err == nil {
		kind = plainName(t)
	}
	has := func(names ...string) bool {
		for _, name := range names {
			if _, ok := f[name]; ok || kind == name {
				return true
			}
		}
		return false
	}
	switch {
	case has("sdp", "description", "offer", "answer", "pranswer", "desc", "sessiondescription", "jsep"):
		return signaling.Leads
	case has("candidate", "candidates", "icecandidate", "icecandidates", "ice"):
		return signaling.Follows
	}
	return signaling.Unordered
}
