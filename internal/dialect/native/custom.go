package native

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-rtc/parley/internal/jsonscan"
	"github.com/parley-rtc/parley/internal/signaling"
)

// New returns a Codec that also has a project's own actions, of these names. It fails if one is the protocol's.
func New(actions ...string) (Codec, error) {
	for _, name := range actions {
		if _, err := command(signaling.Request{Action: name}, nil); err == nil || err.Code != signaling.CodeUnknownAction {
			return Codec{}, fmt.Errorf("%s is an action of %s already: choose another name", name, Name)
		}
	}
	return Codec{actions}, nil
}

// custom decodes an action that is none of the protocol's, for which unknown is the error.
func (c Codec) custom(
	req signaling.Request, f jsonscan.Fields, unknown *signaling.Error,
) (signaling.Command, *signaling.Error) {
	if len(c.actions) == 0 {
		return nil, unknown
	}
	if !slices.Contains(c.actions, req.Action) {
		return nil, signaling.Errorf(unknown.Code, "%s, or one of this service's own: %s", unknown.Msg, strings.Join(c.actions, ", "))
	}
	r := reader{f: f}
	cmd := signaling.Custom{Request: req, Room: r.room(), Fields: make(map[string]json.RawMessage, len(f))}
	for _, m := range f {
		switch string(m.Name) {
		case "action", "id", "room":
		default:
			cmd.Fields[string(m.Name)] = m.Value
		}
	}
	return cmd, r.err
}

// frameTypes are the frames of the protocol. A project's own event can be called none of them.
var frameTypes = []string{
	"joined", "roster", "ice", "ok", "pong", "error", "peer-joined", "peer-lost", "peer-back", "peer-updated", "peer-left",
	"kicked", "room-locked", "room-unlocked", "knocked", "knock-left", "admitted", "denied", "signal", "broadcast",
}

func customEvent(e signaling.CustomEvent) ([]byte, error) {
	if slices.Contains(frameTypes, e.Kind) {
		return nil, fmt.Errorf("%s is a frame of %s already: call the event otherwise", e.Kind, Name)
	}
	return event(e.Kind).text("room", string(e.Room)).text("from", string(e.From)).own(e.Fields, "type", "room", "from", "id")
}

// own appends the members of an object of a project's own, which cannot be those that the frame has already, and ends the frame.
func (f frame) own(object json.RawMessage, taken ...string) ([]byte, error) {
	if len(object) == 0 {
		return f.end(), nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return nil, fmt.Errorf("an event's own fields are no object: %w", err)
	}
	for name := range members {
		for _, t := range taken {
			if strings.EqualFold(name, t) { // some clients do not look at the case
				return nil, fmt.Errorf("%s is a field of the frame itself: call it otherwise", t)
			}
		}
	}
	if len(members) == 0 {
		return f.end(), nil
	}
	return append(append(f, ','), object[1:]...), nil
}
