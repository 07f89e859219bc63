package sip

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

var routePurpose = seal.Purpose{Name: "sip route 1", Fields: 1}

// routeLife is longer than a call lasts: connections end after two hours, but phones come back.
const routeLife = 24 * time.Hour

// record is what a Record-Route of ours says of a dialog whose parties From and To do not find: its
// caller has not registered as From, or was called by another address than To.
type record struct {
	Caller  signaling.ConnID `json:"c"`
	Contact string           `json:"u"` // of the caller, see placeOf
	Callee  string           `json:"a"` // the address of record that was called
	As      string           `json:"t"` // that of To, which is From of what the callee sends
	Call    string           `json:"i"` // of the Call-ID
}

// recordRoute returns the Record-Route that a request to a contact needs, "" if none.
func (d *Dialect) recordRoute(ctx context.Context, c *dialect.Conn, m *sip.Message, to contact) (string, error) {
	caller, err := sip.ParseAddress(m.Header.Get("Contact"))
	if err != nil || m.InDialog() || to.name.Name == "" { // it begins no dialog
		return "", nil
	}
	conn, err := c.Remembered(ctx)
	if err != nil {
		return "", err
	}
	if slices.Contains(aors(conn.Names), m.From().AOR()) && m.To().AOR() == to.name.Name {
		return "", nil
	}
	sealed := d.seal(routePurpose, c.Time.Add(routeLife), record{
		Caller: c.ID, Contact: placeOf(caller.URI), Callee: to.name.Name, As: m.To().AOR(),
		Call: hashOf(m.Header.Get("Call-ID")),
	})
	scheme, _, _ := strings.Cut(m.URI, ":")
	return "<" + scheme + ":" + sealed + "@" + ourHost + ";transport=ws;lr>", nil
}

// recordOf returns what the first Route says, if we have made it, nil if there is none.
func (d *Dialect) recordOf(m *sip.Message, now time.Time) (*record, error) {
	a, _ := sip.ParseAddress(m.Header.Get("Route"))
	u, err := sip.ParseURI(a.URI)
	if err != nil || u.Host != ourHost {
		return nil, nil //nolint:nilnil // no record, and none needed
	}
	var r record
	expires, ok := d.open(routePurpose, u.User, &r)
	switch {
	case !ok, r.Call != hashOf(m.Header.Get("Call-ID")):
		return nil, answered(signaling.CodeForbidden, 403, "The Route is none that this service gave to this call")
	case !now.Before(expires):
		return nil, answered(signaling.CodeForbidden, 403, "The Route has expired: call again")
	}
	return &r, nil
}

// leadsToCaller reports whether a request with that Route is for the caller.
func (r *record) leadsToCaller(m *sip.Message) bool { return r != nil && r.Contact == placeOf(m.URI) }

// byWhom returns a request with the From of whoever has to have sent it: a callee is in its dialogs who
// was called, and that is another for who has been diverted.
func (r *record) byWhom(m *sip.Message) *sip.Message {
	if !r.leadsToCaller(m) || m.From().AOR() != r.As || r.As == r.Callee {
		return m
	}
	m = m.Clone()
	m.Header.Set("From", "<sip:"+r.Callee+">")
	return m
}

// isOurRoute reports whether a Route means us: it is ours, or the server that a phone's socket is of,
// whatever that is called.
func (d *Dialect) isOurRoute(route string) bool {
	a, _ := sip.ParseAddress(route)
	u, err := sip.ParseURI(a.URI)
	return err == nil && (u.Host == ourHost || u.User == "" && !strings.HasSuffix(u.Host, ".invalid"))
}

// unstrict returns a request as it would be had it come from a loose router: one that has put our Route
// in the Request-URI has put that at the end of the Routes (16.4).
func unstrict(m *sip.Message) (*sip.Message, error) {
	u, err := sip.ParseURI(m.URI)
	if err != nil || u.Host != ourHost {
		return m, nil
	}
	routes := m.Header.Values("Route")
	if len(routes) == 0 {
		return nil, answered(signaling.CodeBadRequest, 404, "Not Found: the Request-URI is a Route of this service")
	}
	last, err := sip.ParseAddress(routes[len(routes)-1])
	if err != nil {
		return nil, answered(signaling.CodeBadRequest, 400, "Route is no address")
	}
	routes = append([]string{"<" + m.URI + ">"}, routes[:len(routes)-1]...)
	m = m.Clone()
	m.URI = last.URI
	m.Header.Del("Route")
	for _, route := range routes {
		m.Header.Add("Route", route)
	}
	return m, nil
}

// placeOf is where a URI leads, without what a phone may add to it from one message to the next.
func placeOf(uri string) string {
	u, err := sip.ParseURI(uri)
	if err != nil {
		return ""
	}
	u.Params, u.Headers = nil, ""
	return hashOf(u.String())
}
