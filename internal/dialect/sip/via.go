package sip

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

const (
	ourHost = "parley.invalid" // of our Vias and routes: no name that anybody could look up
	cookie  = "z9hG4bK"        // begins every branch (RFC 3261, 8.1.1.7)
	flow    = "flow"           // the parameter of our Via that has the hop
	viaLife = 10 * time.Minute // longer than anything rings
)

var viaPurpose = seal.Purpose{Name: "sip via 1", Fields: 1}

// hop is what a Via of ours says, sealed: all that a response needs to find its way.
type hop struct {
	Sender signaling.ConnID `json:"s,omitempty"` // whom responses are for, "" for ourselves
	Target signaling.ConnID `json:"t"`           // of whom they may come
	AOR    string           `json:"a,omitempty"` // whose contact that is: it may have come back on another connection
	Mark   string           `json:"m"`           // of the request, see markOf
	Fork   *leg             `json:"f,omitempty"` // of a forked request

	branch string    // beside which it came
	sent   time.Time // when the Via was put on, in whole seconds
}

// leg is one branch of a forked request.
type leg struct {
	Key    string `json:"k"` // of the transaction
	Branch int    `json:"b"`
	Of     int    `json:"n"` // how many there are
	URI    string `json:"u"` // the Request-URI
}

// pushVia puts a Via of ours on a request. Nothing that its mark covers may change afterwards.
func (d *Dialect) pushVia(m *sip.Message, branch string, h hop, now time.Time) {
	h.Mark = markOf(m)
	via := sip.Via{Transport: "WSS", SentBy: ourHost, Params: sip.Params{
		{Name: "branch", Value: branch}, {Name: flow, Value: d.seal(viaPurpose, now.Add(viaLife), h)},
	}}
	m.Header.Push("Via", via.String())
}

// popVia takes our Via off a response. It fails with an *signaling.Error unless the response is to the
// very request that the Via was put on, a while ago at most.
func (d *Dialect) popVia(m *sip.Message, now time.Time) (h hop, err error) {
	via, err := sip.ParseVia(m.Header.Get("Via"))
	if err != nil || !isOurVia(via) {
		return hop{}, signaling.Errorf(signaling.CodeBadRequest, "the first Via of a response is not ours")
	}
	expires, ok := d.open(viaPurpose, via.Params.Get(flow), &h)
	if !ok {
		return hop{}, signaling.Errorf(signaling.CodeForbidden, "a Via was made or changed by somebody else")
	}
	if !now.Before(expires) {
		return hop{}, signaling.Errorf(signaling.CodeForbidden, "a response comes too late")
	}
	m.Header.Pop("Via")
	if markOf(m) != h.Mark {
		return hop{}, signaling.Errorf(signaling.CodeForbidden, "a response bears the Via of another request")
	}
	h.branch, h.sent = via.Branch(), expires.Add(-viaLife)
	return h, nil
}

func isOurVia(v sip.Via) bool { return strings.EqualFold(v.SentBy, ourHost) }

// seal returns anything in URL-safe characters, of whatever length.
func (d *Dialect) seal(p seal.Purpose, expires time.Time, v any) string {
	raw, _ := json.Marshal(v) // strings and numbers never fail
	var fields []string
	for part := range slices.Chunk(raw, seal.MaxField) {
		fields = append(fields, string(part))
	}
	return d.Sealer.Seal(p, expires, fields...)
}

// open reads what seal returned.
func (d *Dialect) open(p seal.Purpose, sealed string, v any) (expires time.Time, ok bool) {
	expires, fields, err := d.Sealer.Open(p, sealed)
	return expires, err == nil && json.Unmarshal([]byte(strings.Join(fields, "")), v) == nil
}

// markOf tells a request, and the responses to it, from all others: by its Vias, of which a proxy takes
// its own away first, and by what else is the same in both.
func markOf(m *sip.Message) string {
	number, method := m.CSeq()
	parts := []string{m.Header.Get("Call-ID"), m.From().Params.Get("tag"), fmt.Sprint(number), method}
	for _, value := range m.Header.Values("Via") {
		via, _ := sip.ParseVia(value) // which sip.Parse has checked
		parts = append(parts, via.Branch(), strings.ToLower(via.SentBy))
	}
	return hashOf(parts...)
}

// branchTo is the branch of a request to a contact of an address of record (RFC 3261, 16.11). The same
// comes out for an INVITE, its CANCEL and the ACK of a failure, in whichever process, with the sender's
// Via on top: of the request as it came, or of a response from which ours was taken.
func branchTo(m *sip.Message, sender signaling.ConnID, aor, uri, loop string) string {
	number, _ := m.CSeq()
	via, _ := sip.ParseVia(m.Header.Get("Via"))
	return cookie + hashOf(
		via.Branch(), strings.ToLower(via.SentBy), string(sender), aor, uri,
		m.Header.Get("Call-ID"), m.From().Params.Get("tag"), fmt.Sprint(number),
	) + "." + loop
}

// loopOf is the part of a branch by which a request is known that comes again with nothing changed that
// decides where it goes (RFC 5393, 4.2): a loop, and no spiral. What an ACK and a CANCEL have otherwise
// than their INVITE is not in it.
func loopOf(m *sip.Message) string {
	number, _ := m.CSeq()
	parts := []string{m.URI, m.To().URI, m.From().Params.Get("tag"), m.Header.Get("Call-ID"), fmt.Sprint(number)}
	return hashOf(append(parts, m.Header.Values("Route")...)...)
}

// loopIn is the same part of a branch of ours.
func loopIn(branch string) string {
	_, loop, _ := strings.Cut(branch, ".")
	return loop
}

// loops reports whether a request has been here as it is now (RFC 3261, 16.3, item 4).
func loops(m *sip.Message) bool {
	loop := loopOf(m)
	return slices.ContainsFunc(m.Header.Values("Via"), func(value string) bool {
		via, _ := sip.ParseVia(value)
		return isOurVia(via) && loopIn(via.Branch()) == loop
	})
}

// hashOf is one word for several texts, in characters of a token.
func hashOf(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}
