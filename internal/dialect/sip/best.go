package sip

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/parley-rtc/parley/internal/sip"
)

// The bounds of what is kept of a final response, in bytes: ten of them make an item of some KB.
const (
	maxKept   = 320
	maxReason = 48 // the reason phrase
	maxToTag  = 64
)

// keep returns what is kept of a final response until the other branches have ended: the tag of its
// To, its reason phrase and the fields that tell the caller what to do now, each on a line. A field
// that does not fit is left out whole.
func keep(m *sip.Message) Final {
	tag := m.To().Params.Get("tag")
	if len(tag) > maxToTag {
		tag = ""
	}
	reason := m.Reason
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "")
	}
	kept := tag + "\n" + reason
	for _, name := range telling(m.Status) {
		for _, value := range m.Header.Values(name) {
			if line := "\n" + name + ": " + value; len(kept)+len(line) <= maxKept {
				kept += line
			}
		}
	}
	return Final{Status: m.Status, Kept: kept}
}

// telling are the fields that a final response is kept with, the most important ones first: what it
// must have by its status (RFC 3261, 21), and what it may.
func telling(status int) []string {
	may := []string{"Retry-After", "Reason", "Warning", "Error-Info"}
	switch {
	case status < 400, status == 485:
		return append([]string{"Contact"}, may...)
	case isChallenge(status):
		return append(slices.Clone(challenges), may...)
	case status == 405:
		return append([]string{"Allow"}, may...)
	case status == 415:
		return append([]string{"Accept", "Accept-Encoding", "Accept-Language"}, may...)
	case status == 420:
		return append([]string{"Unsupported"}, may...)
	case status == 421:
		return append([]string{"Require"}, may...)
	case status == 422:
		return append([]string{"Min-SE"}, may...)
	case status == 423:
		return append([]string{"Min-Expires"}, may...)
	case status == 489:
		return append([]string{"Allow-Events"}, may...)
	}
	return may
}

// challenges are the fields by which a phone asks for a password.
var challenges = []string{"WWW-Authenticate", "Proxy-Authenticate"}

func isChallenge(status int) bool { return status == 401 || status == 407 }

// read takes apart what keep made; "" is nothing.
func (f Final) read() (tag, reason string, header sip.Header) {
	lines := strings.Split(f.Kept, "\n")
	if len(lines) < 2 {
		return "", "", nil
	}
	for _, line := range lines[2:] {
		name, value, _ := strings.Cut(line, ": ")
		header.Add(name, value)
	}
	return lines[0], lines[1], header
}

// best returns the branch whose final response is the caller's (RFC 3261, 16.7, step 6). The
// longest registered one decides where nothing else does.
func best(finals map[int]Final, cancelled bool) int {
	branches := slices.Sorted(maps.Keys(finals))
	return slices.MinFunc(branches, func(a, b int) int {
		return rank(finals[a].Status, cancelled) - rank(finals[b].Status, cancelled)
	})
}

// rank is lower for a better response: a 6xx, which speaks for all phones; what the caller asked
// for; then the lowest class. Within it, what a better request could change comes first, and what
// says least of the callee last.
func rank(status int, cancelled bool) int {
	switch {
	case status >= 600:
		return 0
	case status == 487 && cancelled:
		return 1
	}
	order := 5
	switch status {
	case 401, 407, 415, 420, 484:
		order = 0
	case 480:
		order = 6
	case 408:
		order = 7
	case 482, 487: // 482: two contacts are one phone, which has the request already (8.2.2.2)
		order = 8
	case 503:
		order = 9
	}
	return status/100*10 + order
}

// bestResponse returns the response that the caller gets once all branches have ended. It is made
// with m: one of them, without our Via, or the request itself, or its CANCEL.
func bestResponse(m *sip.Message, t Transaction) *sip.Message {
	chosen := best(t.Final, t.Cancelled)
	status := t.Final[chosen].Status
	tag, reason, header := t.Final[chosen].read()
	if isChallenge(status) {
		for _, branch := range slices.Sorted(maps.Keys(t.Final)) {
			if other := t.Final[branch]; branch != chosen && isChallenge(other.Status) {
				_, _, more := other.read()
				header = append(header, only(more, challenges)...)
			}
		}
	}
	switch {
	case status == 503: // there is no other: another request may do better (RFC 3261, 16.7, step 6)
		status, reason = 500, "No phone of this address could be reached"
	case reason == "":
		reason = phrase(status)
	}
	to := m.Clone()
	to.Header.Set("To", untagged(m))
	if number, method := m.CSeq(); method == "CANCEL" {
		to.Header.Set("CSeq", fmt.Sprint(number, " INVITE"))
	}
	if tag == "" {
		tag = tagOf(to)
	}
	r := sip.Response(to, status, reason, tag)
	r.Header = append(r.Header, header...)
	return r
}

// only returns the fields of these names.
func only(h sip.Header, names []string) sip.Header {
	return slices.DeleteFunc(h, func(f sip.Field) bool { return !slices.Contains(names, f.Name) })
}

// untagged is the To of a request out of a dialog, of whose messages m is one.
func untagged(m *sip.Message) string {
	to := m.To()
	if !to.Params.Has("tag") {
		return m.Header.Get("To")
	}
	to.Params = to.Params.Without("tag")
	return to.String()
}

// phrase is the reason phrase of a final response that had none, or that no phone has given.
func phrase(status int) string {
	switch status {
	case 408:
		return "Request Timeout"
	case 480:
		return "Temporarily Unavailable"
	case 487:
		return "Request Terminated"
	}
	return "No reason given"
}
