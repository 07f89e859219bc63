package digest

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// The bounds of users. API Gateway's and Lambda's are narrower: 4 KB of variables, 8 KB of a
// parameter.
const (
	maxUsers    = 1000
	maxText     = 64 << 10
	maxName     = 64
	MaxPassword = 128
)

// What IsName and IsPassword want, in words.
const (
	WantName     = "1 to 64 letters, digits and -_.!~*'()&=+$,;?/, as before the @ of an address"
	WantPassword = "a password of 1 to 128 bytes without control characters"
)

// Users are the secrets of those who have one, by name.
type Users map[string]Secret

// hashed begins a value that is no password.
const hashed = "ha1:"

// ParseUsers reads a JSON object of names, which are what stands before the @ in an address, each
// with a password, or with what Entry returned. The realm is where all of them belong, "" if that
// is not settled: then they can have passwords alone. "" is nobody, nil. No error tells a secret.
func ParseUsers(text, realm string) (Users, error) {
	switch text = strings.TrimSpace(text); {
	case text == "":
		return nil, nil
	case len(text) > maxText:
		return nil, fmt.Errorf("%d bytes, the limit is %d", len(text), maxText)
	}
	users := Users{}
	d := json.NewDecoder(strings.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errNoObject
	}
	for d.More() {
		var value string
		name, err := d.Token()
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil { // whose text may quote a secret
			return nil, fmt.Errorf("the value of entry %d: %w", len(users)+1, errNoObject)
		}
		if err := users.add(fmt.Sprint(name), value, realm); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, errNoObject
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errNoObject
	}
	if len(users) == 0 { // or else whoever comes could register, as where nothing is set
		return nil, errors.New("there is nobody in it: want a name and a password at least, or nothing at all")
	}
	if len(users.Algorithms()) == 0 {
		return nil, errors.New("some have a hash of MD5 alone and some one of SHA-256 alone: no challenge is for all of them")
	}
	return users, nil
}

var errNoObject = errors.New("want a JSON object of names and their passwords, such as " +
	`{"alice": "a password", "bob": "ha1:MD5=…,SHA-256=…"}`)

func (u Users) add(name, value, realm string) error {
	if !IsName(name) {
		return fmt.Errorf("the name of entry %d: want %s", len(u)+1, WantName)
	}
	if _, twice := u[name]; twice {
		return fmt.Errorf("%s is named twice", name)
	}
	if len(u) == maxUsers {
		return fmt.Errorf("more than %d names", maxUsers)
	}
	hashes, isHashed := strings.CutPrefix(value, hashed)
	switch {
	case isHashed && realm == "":
		return fmt.Errorf("%s has hashes, which are those of one domain: set SIP_DOMAIN", name)
	case isHashed:
		ha1, ok := parseHashes(hashes)
		if !ok {
			return fmt.Errorf("%s: want ha1:MD5=HASH, ha1:SHA-256=HASH or ha1:MD5=HASH,SHA-256=HASH,"+
				" as parley sip user prints them", name)
		}
		u[name] = Secret{HA1: ha1}
	case !IsPassword(value):
		return fmt.Errorf("%s: want %s", name, WantPassword)
	case realm == "":
		u[name] = Secret{Password: value}
	default: // so that no password is kept, and looking at it takes as long for everybody
		u[name] = Secret{HA1: map[Algorithm]string{
			MD5: HA1(MD5, name, realm, value), SHA256: HA1(SHA256, name, realm, value),
		}}
	}
	return nil
}

// parseHashes reads NAME=HASH, separated by commas. A hash alone says by its length which it is.
func parseHashes(s string) (map[Algorithm]string, bool) {
	hashes := map[Algorithm]string{}
	for part := range strings.SplitSeq(s, ",") {
		name, digits, named := strings.Cut(strings.TrimSpace(part), "=")
		if !named {
			digits = name
		}
		raw, err := hex.DecodeString(digits)
		of := map[int]Algorithm{16: MD5, 32: SHA256}[len(raw)]
		if err != nil || of == "" || named && !strings.EqualFold(name, string(of)) || hashes[of] != "" {
			return nil, false
		}
		hashes[of] = strings.ToLower(digits)
	}
	return hashes, true
}

// Entry is what stands for a password among the users of a realm.
func Entry(name, realm, password string) string {
	md5, sha256 := HA1(MD5, name, realm, password), HA1(SHA256, name, realm, password)
	return fmt.Sprintf("%s%s=%s,%s=%s", hashed, MD5, md5, SHA256, sha256)
}

// IsName reports whether a user can have the name: that before the @ of an address (RFC 3261,
// 25.1), without escapes.
func IsName(s string) bool {
	return s != "" && len(s) <= maxName && !strings.ContainsFunc(s, func(r rune) bool {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return false
		}
		return !strings.ContainsRune("-_.!~*'()&=+$,;?/", r)
	})
}

// IsPassword reports whether somebody can have the password.
func IsPassword(s string) bool {
	return s != "" && len(s) <= MaxPassword && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// Algorithms are those by which everybody can show a secret, in the order in which they are
// offered.
func (u Users) Algorithms() (offered []Algorithm) {
	for _, a := range []Algorithm{SHA256, MD5} {
		all := true
		for _, s := range u {
			all = all && (s.HA1 == nil || s.HA1[a] != "")
		}
		if all {
			offered = append(offered, a)
		}
	}
	return offered
}

// nobody has a secret that nobody knows: to look at the credentials of a stranger takes as long as
// at those of a user.
var nobody = sync.OnceValue(func() Secret {
	return Secret{HA1: map[Algorithm]string{MD5: HA1(MD5, "", "", ""), SHA256: HA1(SHA256, "", "", "")}}
})

// Check reports whether the credentials, which came with a request of that method, are those of the
// user they name.
func (u Users) Check(c Credentials, method string) bool {
	s, known := u[c.Username]
	if !known {
		s = nobody()
	}
	shown := c.shows(s, method)
	return shown && known
}
