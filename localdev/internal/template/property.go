package template

import (
	"strconv"
	"strings"
)

// value evaluates a property; nil when it is absent, or AWS::NoValue.
func (r *resource) value(property string) (*node, error) {
	return r.scope.eval(r.props.get(property))
}

// text evaluates a property of r that must be a string; "" when it is absent.
func (r *resource) text(property string) (string, error) {
	n, err := r.value(property)
	if err != nil || n == nil {
		return "", err
	}
	return plain(n, r.id+" "+property)
}

// number evaluates a whole number between lowest and highest.
func (r *resource) number(property string, absent, lowest, highest int) (int, pos, error) {
	v, err := r.value(property)
	if err != nil || v == nil {
		return absent, r.at, err
	}
	text, err := plain(v, r.id+" "+property)
	if err != nil {
		return absent, v.at, err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < lowest || n > highest {
		return absent, v.at, faultf(v.at, "%s: %s is %q, not a whole number from %d to %d",
			r.id, property, text, lowest, highest)
	}
	return n, v.at, nil
}

// texts evaluates a property that is a map of strings; nil when it is absent.
func (r *resource) texts(property string) (map[string]string, error) {
	v, err := r.value(property)
	if err != nil || v == nil {
		return nil, err
	}
	if v.kind != kindMap {
		return nil, faultf(v.at, "%s %s must be a map, not %s", r.id, property, v.kind)
	}
	out := map[string]string{}
	for _, e := range v.entries {
		text, err := plain(e.value, r.id+" "+property+" "+e.key)
		if err != nil {
			return nil, err
		}
		out[e.key] = text
	}
	return out, nil
}

// uri evaluates a property that is an invocation URI, with the stage's variables in place.
func (r *resource) uri(property string, api API) (pos, string, error) {
	at := r.at
	if n := r.props.get(property); n != nil {
		at = n.at
	}
	v, err := r.value(property)
	if err == nil && v != nil && !v.scalar() {
		err = faultf(v.at, "%s %s must be a string, not %s", r.id, property, v.kind)
	}
	uri := v.plainText()
	for name, value := range api.StageVariables {
		uri = strings.ReplaceAll(uri, "${stageVariables."+name+"}", value)
	}
	return at, uri, err
}

// plain returns a scalar's text, and refuses what only AWS knows.
func plain(n *node, what string) (string, error) {
	if !n.scalar() {
		return "", faultf(n.at, "%s must be a string, not %s", what, n.kind)
	}
	if unknown(n) != nil {
		return "", faultf(n.at, "%s %s", what, onlyKnown(n.text))
	}
	return n.text, nil
}
