// Package digest authenticates by passwords that never travel (RFC 7616, RFC 8760).
package digest

// Users are the secrets of those who have one, by name.
type Users map[string]Secret

// Secret is a password, or what stands in its place: the hashes H(user:realm:password).
type Secret struct {
	Password string
	HA1      map[Algorithm]string // hexadecimal
}

// Algorithm is a hash, by its name in a challenge.
type Algorithm string

// The algorithms.
const (
	MD5    Algorithm = "MD5"
	SHA256 Algorithm = "SHA-256"
)
