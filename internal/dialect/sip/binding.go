package sip

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

var (
	// errReplayed: the nonce was counted so far before, or a later one has been used.
	errReplayed = errors.New("the credentials were used before")
	// errNothing: there is nothing to remove.
	errNothing = errors.New("nothing to remove")
)

// change is what a REGISTER makes of the bindings of its address of record (RFC 3261, 10.3: 6, 7).
type change struct {
	conn     signaling.ConnID
	now      time.Time
	callID   string // as mark
	cseq     uint32
	shown    proof
	all      bool // Contact: *
	contacts []wanted

	listed []directory.Entry // when amend was asked last
}

// wanted is a contact as a REGISTER wants it; whose Until is not later than now is to be removed.
type wanted struct {
	binding
	uri sip.URI
}

// amend is for directory.Terms. It fails with an *answer, errReplayed or errNothing.
func (ch *change) amend(listed []directory.Entry) (directory.Amended, error) {
	ch.listed = listed
	own, others, is := ch.split(listed)
	if ch.shown.replayed(own) {
		return directory.Amended{}, errReplayed
	}
	if ch.late(own) {
		return directory.Amended{}, errLate
	}
	var a directory.Amended
	left, contacts := 0, 0
	for _, e := range others {
		r, _ := decodeRegistration(e.Tag) // one that cannot be read is nobody's
		if !ch.touches(r) {
			left, contacts = left+1, contacts+len(r.living(ch.now))
			continue
		}
		if ch.late(r) {
			return directory.Amended{}, errLate
		}
		a.Instead = append(a.Instead, e.Conn)
	}
	r := registration{
		Bindings: ch.apply(own.living(ch.now)), CallID: ch.callID, CSeq: ch.cseq,
		Nonce: ch.shown.nonce, Given: ch.shown.given, Count: ch.shown.count,
	}
	switch {
	case len(r.Bindings) == 0 && !is && len(a.Instead) == 0:
		return a, errNothing
	case len(r.Bindings) == 0:
		a.Remove = true
		return a, nil
	case left < maxContacts && contacts+len(r.Bindings) > maxContacts: // beyond, the directory looks who is gone
		return a, errTooMany
	}
	for _, b := range r.Bindings {
		if until := time.Unix(b.Until, 0); until.After(a.Until) {
			a.Until = until
		}
	}
	if a.Tag = r.encode(); len(a.Tag) > directory.MaxTag {
		return a, errTooLong
	}
	return a, nil
}

// split returns what the connection itself has registered, if it is listed at all, and the others.
func (ch *change) split(listed []directory.Entry) (own registration, others []directory.Entry, is bool) {
	for _, e := range listed {
		if e.Conn == ch.conn {
			own, _ = decodeRegistration(e.Tag)
			is = true
			continue
		}
		others = append(others, e)
	}
	return own, others, is
}

// replayed reports whether the proof is one that the registration, or a later one, was made by.
func (p proof) replayed(r registration) bool {
	return p.nonce != "" && (p.given < r.Given || p.nonce == r.Nonce && p.count <= r.Count)
}

// late reports whether what was registered is by a later request than this, or by itself.
func (ch *change) late(r registration) bool { return r.CallID == ch.callID && ch.cseq <= r.CSeq }

// touches reports whether a registration of another connection is of the same client: which has
// come back, and whose new connection takes the place.
func (ch *change) touches(r registration) bool {
	return ch.all || slices.ContainsFunc(ch.contacts, func(w wanted) bool {
		return slices.ContainsFunc(r.living(ch.now), w.isOf)
	})
}

// isOf reports whether a binding is of the same instance and flow (RFC 5626, 6), or the same URI.
func (w wanted) isOf(b binding) bool {
	if w.Instance != "" && w.Instance == b.Instance {
		return true
	}
	u, err := sip.ParseURI(b.URI)
	return err == nil && w.uri.Equal(u)
}

// apply returns what is left of bindings, and what has come.
func (ch *change) apply(list []binding) []binding {
	if ch.all {
		return nil
	}
	for _, w := range ch.contacts {
		list = slices.DeleteFunc(list, w.isOf)
		if w.Until > ch.now.Unix() {
			list = append(list, w.binding)
		}
	}
	return list
}

// living are the bindings that have not expired.
func (r registration) living(now time.Time) (list []binding) {
	for _, b := range r.Bindings {
		if b.Until > now.Unix() {
			list = append(list, b)
		}
	}
	return list
}

// mark is what is kept of a text that has only to be known again.
func mark(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}
