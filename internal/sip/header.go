package sip

import "strings"

// Field is one header field. One whose value is a list that proxies work on (Via, Route, Contact and
// their like) is a Field for each of its members, as RFC 3261, 7.3.1 allows.
type Field struct {
	Name  string // in its long form, as the RFCs spell it where they know it
	Value string // on one line
}

// Header are the fields of a message in their order.
type Header []Field

// Get returns the value of the first field of the name, "" if there is none. Names are those of Field.
func (h Header) Get(name string) string {
	for _, f := range h {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Values returns the values of all fields of the name.
func (h Header) Values(name string) (values []string) {
	for _, f := range h {
		if f.Name == name {
			values = append(values, f.Value)
		}
	}
	return values
}

// Tokens returns the tokens that all fields of the name list, such as Require and Supported.
func (h Header) Tokens(name string) (tokens []string) {
	for _, value := range h.Values(name) {
		for token := range strings.SplitSeq(value, ",") {
			if token = strings.TrimSpace(token); token != "" {
				tokens = append(tokens, token)
			}
		}
	}
	return tokens
}

// Has reports whether there is a field of the name.
func (h Header) Has(name string) bool {
	for _, f := range h {
		if f.Name == name {
			return true
		}
	}
	return false
}

// Set replaces the first field of the name and drops the others, or adds one at the end.
func (h *Header) Set(name, value string) {
	var list Header
	found := false
	for _, f := range *h {
		switch {
		case f.Name != name:
			list = append(list, f)
		case !found:
			list, found = append(list, Field{name, value}), true
		}
	}
	if !found {
		list = append(list, Field{name, value})
	}
	*h = list
}

// Add adds a field at the end.
func (h *Header) Add(name, value string) { *h = append(*h, Field{name, value}) }

// Push adds a field before the first of its name, or before all others: a Via, a Record-Route.
func (h *Header) Push(name, value string) {
	at := 0
	for i, f := range *h {
		if f.Name == name {
			at = i
			break
		}
	}
	list := append(Header(nil), (*h)[:at]...)
	list = append(list, Field{name, value})
	*h = append(list, (*h)[at:]...)
}

// Pop takes the first field of the name away and returns its value, "" if there is none.
func (h *Header) Pop(name string) string {
	for i, f := range *h {
		if f.Name == name {
			*h = append(append(Header(nil), (*h)[:i]...), (*h)[i+1:]...)
			return f.Value
		}
	}
	return ""
}

// Del takes all fields of the name away.
func (h *Header) Del(name string) {
	var list Header
	for _, f := range *h {
		if f.Name != name {
			list = append(list, f)
		}
	}
	*h = list
}
