package sip

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/sip"
)

// The bounds of the registrar.
const (
	maxContacts = 10                // of one address of record
	maxExpires  = 300 * time.Second // so that phones refresh before API Gateway ends a silent connection
)

// registration is what one connection has registered under an address of record: the tag of its entry
// in the directory.
type registration struct {
	Bindings []binding `json:"b"`
	CallID   string    `json:"i"` // of the REGISTER, as mark
	CSeq     uint32    `json:"s"`
	Nonce    string    `json:"n,omitempty"` // that authenticated it, as mark
	Given    int64     `json:"g,omitempty"` // when that was given, Unix milliseconds
	Count    uint32    `json:"c,omitempty"` // the highest count of that nonce
}

// binding is a contact (RFC 3261, 10).
type binding struct {
	URI      string `json:"u"`           // as registered
	Params   string `json:"p,omitempty"` // of the Contact, as they came, without expires
	Until    int64  `json:"t"`           // Unix seconds
	Path     string `json:"v,omitempty"` // as it came (RFC 3327)
	Instance string `json:"d,omitempty"` // +sip.instance and reg-id, as mark; "" if it has none
}

func (r registration) encode() string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // which makes six bytes of an angle bracket
	_ = e.Encode(r)        // strings and numbers never fail
	return strings.TrimSuffix(b.String(), "\n")
}

func decodeRegistration(tag string) (r registration, err error) {
	err = json.Unmarshal([]byte(tag), &r)
	return r, err
}

// contact is a binding and whose it is.
type contact struct {
	binding
	entry directory.Entry
	name  directory.Name
}

// named is what an address of record is in the directory.
func named(aor string) directory.Name { return directory.Name{Space: Name, Name: aor} }

// registered returns the contacts of an address of record in the order in which their connections
// registered: 0.5 RRU, or 1 if the reading is consistent.
func (d *Dialect) registered(ctx context.Context, c *dialect.Conn, aor string, consistent bool) ([]contact, error) {
	entries, err := c.Directory.Find(ctx, named(aor), c.Time, consistent)
	if errors.Is(err, directory.ErrLongName) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return contactsOf(named(aor), entries, c.Time), nil
}

// contactsOf are the bindings of entries that have not expired.
func contactsOf(name directory.Name, entries []directory.Entry, now time.Time) (list []contact) {
	for _, e := range entries {
		r, err := decodeRegistration(e.Tag)
		if err != nil {
			continue // of a release that wrote it otherwise: its client registers anew in minutes
		}
		for _, b := range r.living(now) {
			list = append(list, contact{binding: b, entry: e, name: name})
		}
	}
	return list
}

// isOurs reports whether a host is one of ours.
func (d *Dialect) isOurs(host string) bool {
	if d.Domain != "" {
		return strings.EqualFold(host, d.Domain)
	}
	return !strings.HasSuffix(host, ".invalid")
}

// aorOf returns the address of record that a URI means, "" if it is none of ours.
func (d *Dialect) aorOf(uri string) string {
	u, err := sip.ParseURI(uri)
	if err != nil || !d.isOurs(u.Host) {
		return ""
	}
	return u.AOR()
}

// aors returns the addresses of record among the names of a connection.
func aors(keys []string) (list []string) {
	names, _ := directory.ParseKeys(keys)
	for _, n := range names {
		if n.Space == Name && !slices.Contains(list, n.Name) {
			list = append(list, n.Name)
		}
	}
	return list
}
