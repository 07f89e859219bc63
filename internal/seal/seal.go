// Package seal makes strings that only it can open and nobody can forge: addresses, resume strings,
// passes. What they say needs no look into a database.
package seal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"
)

// KeySize is the size of the key, in bytes (AES-256).
const KeySize = 32

// MaxField is how long a sealed field may be, in bytes: one says how many there are.
const MaxField = 255

// Err says that a string was not sealed with this key for this purpose, or was changed since.
var Err = errors.New("not sealed by this service for this purpose")

// Purpose is what a string is sealed for. It is authenticated with it, so that what was sealed for
// one purpose, or in another layout, can never be opened for another.
type Purpose struct {
	Name   string
	Fields int // at least
}

// A Sealer seals and opens. It is safe for concurrent use.
type Sealer struct {
	aead cipher.AEAD // there once Ready has said so

	fetch  func(context.Context) ([]byte, error)
	mu     sync.Mutex
	latest *attempt // to get the key
}

// New returns a Sealer for a key of KeySize bytes. All instances of the service share the key.
func New(key []byte) (*Sealer, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return &Sealer{aead: aead}, nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("address key: %d bytes, want %d", len(key), KeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("address key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("address key: %w", err)
	}
	return aead, nil
}

// fieldTooLong is a mistake of ours: cut off, a field would be another's.
type fieldTooLong int

func (n fieldTooLong) Error() string {
	return fmt.Sprintf("%d bytes in a sealed field, the limit is %d", int(n), MaxField)
}

// Strict: with spare bits ignored, a changed last character could pass for the original.
var encoding = base64.RawURLEncoding.Strict()

// Seal returns the fields and the whole seconds of expires in URL-safe characters. It panics if a
// field is longer than MaxField.
func (s *Sealer) Seal(p Purpose, expires time.Time, fields ...string) string {
	size := 0
	for _, f := range fields {
		if len(f) > MaxField {
			panic(fieldTooLong(len(f))) //nolint:forbidigo // the request ends with it, and whoever made the field is to be found
		}
		size += 1 + len(f)
	}
	nonce := s.aead.NonceSize()
	raw := make([]byte, nonce, nonce+8+size+s.aead.Overhead())
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	plain := binary.BigEndian.AppendUint64(raw, uint64(expires.Unix()))
	for _, f := range fields {
		plain = append(plain, byte(len(f)))
		plain = append(plain, f...)
	}
	return encoding.EncodeToString(s.aead.Seal(raw, raw, plain[nonce:], []byte(p.Name)))
}

// Open returns what was sealed for that purpose. It fails with Err. Whether it has expired is the
// caller's to ask.
func (s *Sealer) Open(p Purpose, sealed string) (expires time.Time, fields []string, err error) {
	size := encoding.DecodedLen(len(sealed))
	raw := make([]byte, size, size+len(p.Name)) // and what it is opened for, behind it
	n, err := encoding.Decode(raw, []byte(sealed))
	nonce := s.aead.NonceSize()
	if err != nil || n < nonce {
		return time.Time{}, nil, Err
	}
	plain, err := s.aead.Open(raw[nonce:nonce], raw[:nonce], raw[nonce:n], append(raw[size:], p.Name...))
	if err != nil || len(plain) < 8 {
		return time.Time{}, nil, Err
	}
	fields = make([]string, 0, p.Fields)
	for rest := string(plain[8:]); len(rest) > 0; {
		n := int(rest[0])
		if n >= len(rest) {
			return time.Time{}, nil, Err
		}
		fields = append(fields, rest[1:1+n])
		rest = rest[1+n:]
	}
	if len(fields) < p.Fields {
		return time.Time{}, nil, Err
	}
	return time.Unix(int64(binary.BigEndian.Uint64(plain)), 0), fields, nil
}

// Size is how long the text of so many sealed fields is, of so many bytes together.
func Size(fields, bytes int) int {
	const nonce, tag, expires, length = 12, 16, 8, 1 // AES-GCM's, and ours
	return encoding.EncodedLen(nonce + tag + expires + fields*length + bytes)
}
