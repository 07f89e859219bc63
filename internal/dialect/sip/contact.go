package sip

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

// minExpires is the least that a contact lives for.
const minExpires = 60 * time.Second

// maxText bounds each text that is kept of a REGISTER, in bytes.
const maxText = 255

// read takes what a REGISTER wants from its header (RFC 3261, 10.3, 6 and 7). It fails with an
// *answer.
func (ch *change) read(m *sip.Message) error {
	contacts, path := m.Header.Values("Contact"), strings.Join(m.Header.Values("Path"), ", ")
	if len(path) > maxText {
		return answered(signaling.CodeBadRequest, 400, fmt.Sprintf("Path is longer than %d bytes", maxText))
	}
	if len(contacts) > maxContacts {
		return errTooMany
	}
	for _, value := range contacts {
		if value == "*" {
			if len(contacts) > 1 || m.Header.Get("Expires") != "0" {
				return answered(signaling.CodeBadRequest, 400, "Contact: * is for removing all: want it alone, and Expires: 0")
			}
			ch.all = true
			return nil
		}
		a, err := sip.ParseAddress(value)
		if err != nil {
			return answered(signaling.CodeBadRequest, 400, "Contact is no address")
		}
		w, err := ch.want(a, m, path)
		if err != nil {
			return err
		}
		ch.contacts = append(ch.contacts, w)
	}
	return nil
}

// isPreference tells a qvalue (RFC 3261, 25.1). All contacts are called at once, whatever theirs.
func isPreference(q string) bool {
	whole, decimals, _ := strings.Cut(q, ".")
	allowed := "0123456789"
	if whole == "1" {
		allowed = "0"
	}
	return (whole == "0" || whole == "1") && len(decimals) <= 3 && strings.Trim(decimals, allowed) == ""
}

// want is one contact of a REGISTER.
func (ch *change) want(a sip.Address, m *sip.Message, path string) (wanted, error) {
	u, err := sip.ParseURI(a.URI)
	if err != nil {
		return wanted{}, answered(signaling.CodeBadRequest, 400, "Contact is no URI of sip or sips")
	}
	if q := a.Params.Get("q"); a.Params.Has("q") && !isPreference(q) {
		return wanted{}, answered(signaling.CodeBadRequest, 400,
			"The q of Contact is no number from 0 to 1, with three decimals at most")
	}
	lifetime := expiresOf(a, m)
	if lifetime > 0 && lifetime < minExpires {
		return wanted{}, answered(signaling.CodeBadRequest, 423, "Interval Too Brief",
			sip.Field{Name: "Min-Expires", Value: seconds(minExpires)})
	}
	w := wanted{uri: u, binding: binding{
		URI: a.URI, Params: a.Params.Without("expires").String(), Path: path,
		Until: ch.now.Unix() + int64(min(lifetime, maxExpires)/time.Second),
	}}
	if instance := a.Params.Get("+sip.instance"); instance != "" {
		w.Instance = mark(instance + ";" + a.Params.Get("reg-id"))
	}
	if len(w.URI) > maxText || len(w.Params) > maxText {
		return wanted{}, answered(signaling.CodeBadRequest, 400,
			fmt.Sprintf("The URI or the parameters of Contact are longer than %d bytes", maxText))
	}
	return w, nil
}

// expiresOf is how long a contact is to live, as it says itself, or Expires does. What is no number
// is an hour (RFC 3261, 10.2.1.1 and 20.19), and so more than it gets.
func expiresOf(a sip.Address, m *sip.Message) time.Duration {
	value := m.Header.Get("Expires")
	if a.Params.Has("expires") {
		value = a.Params.Get("expires")
	} else if value == "" {
		return maxExpires
	}
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
	if err != nil {
		return time.Hour
	}
	return time.Duration(n) * time.Second
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
