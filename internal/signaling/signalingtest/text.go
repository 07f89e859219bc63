package signalingtest

import (
	"fmt"
	"strings"

	"github.com/parley-rtc/parley/internal/signaling"
)

// Text is a signaling.Encoder whose frames are short lines for tests to compare, such as "peer-left bob lost rev 3".
type Text struct{}

var _ signaling.Encoder = Text{}

// resumeMark comes before the resume string of a joined; Stage takes both out of the line.
const resumeMark = "; resume "

// passMark comes before the pass of an admitted, likewise.
const passMark = "; pass "

// Encode implements signaling.Encoder.
func (Text) Encode(_ string, ev signaling.Event) ([]byte, error) {
	switch e := ev.(type) {
	case signaling.Joined:
		line := fmt.Appendf(nil, "joined %s as %s rev %d with %s", e.Room, e.Peer, e.Rev, views(e.Peers))
		line = append(line, lock(e.Locked)+waiting(e.Waiting)...)
		if e.Resume != "" {
			line = append(line, resumeMark+e.Resume...)
		}
		return line, nil
	case signaling.RosterListed:
		return fmt.Appendf(nil, "roster rev %d %s%s%s", e.Rev, views(e.Peers), lock(e.Locked), waiting(e.Waiting)), nil
	case signaling.ICEListed:
		return fmt.Appendf(nil, "ice %d servers", len(e.Servers)), nil
	case signaling.Done:
		if e.Queued {
			return []byte("queued " + e.Request.ID), nil
		}
		if e.Fields != nil {
			return fmt.Appendf(nil, "ok %s %s", e.Request.ID, e.Fields), nil
		}
		if e.Rev != 0 {
			return fmt.Appendf(nil, "ok %s rev %d", e.Request.ID, e.Rev), nil
		}
		return []byte("ok " + e.Request.ID), nil
	case signaling.Pong:
		return []byte("pong"), nil
	case signaling.Failed:
		return []byte("error " + string(e.Err.Code)), nil
	case signaling.PeerJoined:
		return fmt.Appendf(nil, "peer-joined %s rev %d", who(e.Peer), e.Rev), nil
	case signaling.PeerLost:
		return fmt.Appendf(nil, "peer-lost %s rev %d", e.Peer, e.Rev), nil
	case signaling.PeerBack:
		return fmt.Appendf(nil, "peer-back %s rev %d", who(e.Peer), e.Rev), nil
	case signaling.PeerUpdated:
		return fmt.Appendf(nil, "peer-updated %s rev %d %s", e.Peer, e.Rev, e.Data), nil
	case signaling.PeerLeft:
		return fmt.Appendf(nil, "peer-left %s %s rev %d", e.Peer, e.Reason, e.Rev), nil
	case signaling.Kicked:
		return fmt.Appendf(nil, "kicked by %s %s", e.By, e.Reason), nil
	case signaling.LockChanged:
		return fmt.Appendf(nil, "locked %t by %s rev %d", e.Locked, e.By, e.Rev), nil
	case signaling.Knocked:
		return fmt.Appendf(nil, "knocked %s %s", e.Peer, e.Data), nil
	case signaling.KnockLeft:
		return fmt.Appendf(nil, "knock-left %s", e.Peer), nil
	case signaling.Admitted:
		if e.Pass != "" {
			return fmt.Appendf(nil, "admitted as %s%s%s", e.Peer, passMark, e.Pass), nil
		}
		return fmt.Appendf(nil, "admitted %s by %s", e.Peer, e.By), nil
	case signaling.Denied:
		if e.Peer == "" {
			return fmt.Appendf(nil, "denied by %s %s", e.By, e.Reason), nil
		}
		return fmt.Appendf(nil, "denied %s by %s", e.Peer, e.By), nil
	case signaling.Signaled:
		return fmt.Appendf(nil, "signal from %s %s", e.From, e.Data), nil
	case signaling.Broadcasted:
		return fmt.Appendf(nil, "broadcast from %s %s", e.From, e.Data), nil
	case signaling.CustomEvent:
		return fmt.Appendf(nil, "%s from %s %s", e.Kind, e.From, e.Fields), nil
	}
	return nil, fmt.Errorf("no text for %T", ev)
}

// who is a peer's name, with its role if it has one.
func who(p signaling.PeerView) string {
	s := strings.TrimSuffix(string(p.Name)+"/"+string(p.Role), "/")
	if !p.Lost.IsZero() {
		s += "(lost)"
	}
	return s
}

func lock(locked bool) string {
	if locked {
		return " locked"
	}
	return ""
}

// waiting is who waits, with what they say of themselves; "" if nobody does.
func waiting(list []signaling.WaitingView) string {
	if len(list) == 0 {
		return ""
	}
	names := make([]string, len(list))
	for i, w := range list {
		names[i] = strings.TrimSpace(string(w.Name) + " " + string(w.Data))
	}
	return " while [" + strings.Join(names, ", ") + "] wait"
}

func views(list []signaling.PeerView) string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = who(p)
	}
	return "[" + strings.Join(names, " ") + "]"
}
