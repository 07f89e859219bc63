package signaling

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

// AddressTTL is how long an address lives: a socket of API Gateway never lives longer.
const AddressTTL = 2 * time.Hour

// KeySize is the size of the key that seals addresses, in bytes (AES-256).
const KeySize = 32

// Address is a permission: who holds FromConn may send to ToConn as FromName, without a look into the room.
type Address struct {
	Room      RoomID
	FromConn  ConnID
	FromName  PeerName
	ToConn    ConnID
	ToName    PeerName
	ToDialect string
	Expires   time.Time // whole seconds
}

// A Sealer makes addresses that only it can open and nobody can forge.
type Sealer struct {
	aead cipher.AEAD // there once Ready has said so

	fetch  func(context.Context) ([]byte, error)
	mu     sync.Mutex
	latest *attempt // to get the key
}

// NewSealer returns a Sealer for a key of KeySize bytes. All instances of the service share the key.
func NewSealer(key []byte) (*Sealer, error) {
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

// A purpose is authenticated with every sealed string, so that what was sealed for one, or in another layout, can never be
// opened for another.
type purpose struct {
	name   string
	fields int // at least
}

var addressVersion = purpose{"parley address 1", 6}

// maxField is how long a sealed field may be, in bytes: one says how many there are. Names are shorter (MaxName), and Connect
// refuses connections that are not.
const maxField = 255

// fieldTooLong is a mistake of ours: cut off, a field would be another's.
type fieldTooLong int

func (n fieldTooLong) Error() string {
	return fmt.Sprintf("%d bytes in a sealed field, the limit is %d", int(n), maxField)
}

var errSealed = errors.New("not sealed by this service for this purpose")

// Strict: with spare bits ignored, a changed last character could pass for the original.
var addressText = base64.RawURLEncoding.Strict()

// Seal returns a in URL-safe characters.
func (s *Sealer) Seal(a Address) string {
	return s.seal(addressVersion, a.Expires,
		string(a.Room), string(a.FromConn), string(a.FromName), string(a.ToConn), string(a.ToName), a.ToDialect)
}

// Open returns what was sealed. It fails if s was not sealed with this key, or changed since.
func (s *Sealer) Open(sealed string) (Address, error) {
	expires, f, err := s.open(addressVersion, sealed)
	if err != nil {
		return Address{}, err
	}
	return Address{
		Room: RoomID(f[0]), FromConn: ConnID(f[1]), FromName: PeerName(f[2]),
		ToConn: ConnID(f[3]), ToName: PeerName(f[4]), ToDialect: f[5], Expires: expires,
	}, nil
}

// seal panics if a field is longer than maxField.
func (s *Sealer) seal(p purpose, expires time.Time, fields ...string) string {
	plain := binary.BigEndian.AppendUint64(nil, uint64(expires.Unix()))
	for _, f := range fields {
		if len(f) > maxField {
			panic(fieldTooLong(len(f))) //nolint:forbidigo // the request ends with it, and whoever made the field is to be found
		}
		plain = append(plain, byte(len(f)))
		plain = append(plain, f...)
	}
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails (crypto/rand)
	return addressText.EncodeToString(s.aead.Seal(nonce, nonce, plain, []byte(p.name)))
}

// sealedSize is how long the text of so many sealed fields is, of so many bytes together.
func sealedSize(fields, bytes int) int {
	const nonce, tag, expires, length = 12, 16, 8, 1 // AES-GCM's, and ours
	return addressText.EncodedLen(nonce + tag + expires + fields*length + bytes)
}

func (s *Sealer) open(p purpose, sealed string) (expires time.Time, fields []string, err error) {
	raw, err := addressText.DecodeString(sealed)
	if err != nil || len(raw) < s.aead.NonceSize() {
		return time.Time{}, nil, errSealed
	}
	plain, err := s.aead.Open(nil, raw[:s.aead.NonceSize()], raw[s.aead.NonceSize():], []byte(p.name))
	if err != nil || len(plain) < 8 {
		return time.Time{}, nil, errSealed
	}
	for rest := plain[8:]; len(rest) > 0; {
		n := int(rest[0])
		if n >= len(rest) {
			return time.Time{}, nil, errSealed
		}
		fields = append(fields, string(rest[1:1+n]))
		rest = rest[1+n:]
	}
	if len(fields) < p.fields {
		return time.Time{}, nil, errSealed
	}
	return time.Unix(int64(binary.BigEndian.Uint64(plain)), 0), fields, nil
}
