package signaling

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
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
type Sealer struct{ aead cipher.AEAD }

// NewSealer returns a Sealer for a key of KeySize bytes. All instances of the service share the key.
func NewSealer(key []byte) (*Sealer, error) {
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
	return &Sealer{aead}, nil
}

// addressVersion is authenticated with every address, so another layout can never be mistaken for this one.
var addressVersion = []byte("parley address 1")

var errAddress = errors.New("not an address")

// Strict: with spare bits ignored, a changed last character could pass for the original.
var addressText = base64.RawURLEncoding.Strict()

// Seal returns a in URL-safe characters.
func (s *Sealer) Seal(a Address) string {
	plain := binary.BigEndian.AppendUint64(nil, uint64(a.Expires.Unix()))
	for _, f := range []string{string(a.Room), string(a.FromConn), string(a.FromName), string(a.ToConn), string(a.ToName), a.ToDialect} {
		plain = append(plain, byte(len(f)))
		plain = append(plain, f...)
	}
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails (crypto/rand)
	return addressText.EncodeToString(s.aead.Seal(nonce, nonce, plain, addressVersion))
}

// Open returns what was sealed. It fails if s was not sealed with this key, or changed since.
func (s *Sealer) Open(sealed string) (Address, error) {
	raw, err := addressText.DecodeString(sealed)
	if err != nil || len(raw) < s.aead.NonceSize() {
		return Address{}, errAddress
	}
	plain, err := s.aead.Open(nil, raw[:s.aead.NonceSize()], raw[s.aead.NonceSize():], addressVersion)
	if err != nil {
		return Address{}, errAddress
	}
	expires := time.Unix(int64(binary.BigEndian.Uint64(plain)), 0)
	fields := make([]string, 0, 6)
	for rest := plain[8:]; len(rest) > 0; {
		n := int(rest[0])
		fields = append(fields, string(rest[1:1+n]))
		rest = rest[1+n:]
	}
	return Address{
		Room: RoomID(fields[0]), FromConn: ConnID(fields[1]), FromName: PeerName(fields[2]),
		ToConn: ConnID(fields[3]), ToName: PeerName(fields[4]), ToDialect: fields[5], Expires: expires,
	}, nil
}
