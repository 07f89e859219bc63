package digest

import (
	"crypto/md5" //nolint:gosec // what clients of SIP know
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
)

// Secret is a password, or what stands in its place: the hashes H(name:realm:password) of one
// realm.
type Secret struct {
	Password string
	HA1      map[Algorithm]string // hexadecimal, in lower case
}

// HA1 is what stands in a password's place, "" for an algorithm that is not known.
func HA1(a Algorithm, name, realm, password string) string {
	return hash(a, name+":"+realm+":"+password)
}

// ha1 is that of the secret, "" if it has none of the algorithm.
func (s Secret) ha1(a Algorithm, name, realm string) string {
	if s.HA1 != nil {
		return s.HA1[a]
	}
	return HA1(a, name, realm, s.Password)
}

// shows reports whether the credentials are those of who knows the secret (RFC 7616, 3.4.1).
func (c Credentials) shows(s Secret, method string) bool {
	ha1 := s.ha1(c.Algorithm, c.Username, c.Realm)
	if ha1 == "" {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(Response(c, ha1, method)), []byte(c.Response)) == 1
}

// Response is what the credentials of a request of that method say in Response, by what stands in
// the password's place.
func Response(c Credentials, ha1, method string) string {
	a2 := hash(c.Algorithm, method+":"+c.URI)
	return hash(c.Algorithm, ha1+":"+c.Nonce+":"+c.NC+":"+c.CNonce+":auth:"+a2)
}

func hash(a Algorithm, text string) string {
	switch a {
	case MD5:
		sum := md5.Sum([]byte(text)) //nolint:gosec // see the import
		return hex.EncodeToString(sum[:])
	case SHA256:
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	return ""
}
