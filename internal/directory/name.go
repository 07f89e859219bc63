package directory

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// The longest space and name, in bytes.
const (
	MaxSpace = 64
	MaxName  = 512
)

// Name is what connections are listed under: any bytes, in the space of one protocol.
type Name struct{ Space, Name string }

// check returns an error unless the name is within the limits.
func (n Name) check() error {
	switch {
	case n.Space == "" || len(n.Space) > MaxSpace:
		return fmt.Errorf("the space of a name is %d bytes long: want 1 to %d", len(n.Space), MaxSpace)
	case len(n.Name) > MaxName:
		return fmt.Errorf("%w: it is %d bytes long, the limit is %d", ErrLongName, len(n.Name), MaxName)
	}
	return nil
}

// Key is the name as one string: valid UTF-8 of at most 2,048 bytes, and no room's name, as it has
// one slash.
func (n Name) Key() string { return escape(n.Space) + "/" + escape(n.Name) }

// ParseKey returns the name that has the key.
func ParseKey(key string) (Name, error) {
	space, name, ok := strings.Cut(key, "/")
	space, badSpace := url.PathUnescape(space)
	name, badName := url.PathUnescape(name)
	n := Name{space, name}
	if !ok || badSpace != nil || badName != nil || n.Key() != key {
		return Name{}, fmt.Errorf("a key of %d bytes is no name's", len(key))
	}
	return n, nil
}

// ParseKeys returns the names that have the keys, and an error about those that are no name's.
func ParseKeys(keys []string) ([]Name, error) {
	var names []Name
	var bad []error
	for _, key := range keys {
		name, err := ParseKey(key)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		names = append(names, name)
	}
	return names, errors.Join(bad...)
}

// escape writes what is no printable character as %XX, and likewise the two characters that have a
// meaning in a key.
func escape(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1, r < ' ', r == 0x7f, r == '%', r == '/':
			fmt.Fprintf(&b, "%%%02X", s[0])
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}
