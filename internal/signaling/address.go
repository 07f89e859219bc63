package signaling

import (
	"time"

	"github.com/parley-rtc/parley/internal/seal"
)

// AddressTTL is how long an address lives: a socket of API Gateway never lives longer.
const AddressTTL = 2 * time.Hour

// Address is a permission: who holds FromConn may send to ToConn as FromName, without a look into
// the room.
type Address struct {
	Room      RoomID
	FromConn  ConnID
	FromName  PeerName
	ToConn    ConnID
	ToName    PeerName
	ToDialect string
	Expires   time.Time // whole seconds
}

var addresses = seal.Purpose{Name: "parley address 1", Fields: 6}

// Seal returns the address in URL-safe characters.
func (a Address) Seal(s *seal.Sealer) string {
	return s.Seal(addresses, a.Expires,
		string(a.Room), string(a.FromConn), string(a.FromName), string(a.ToConn), string(a.ToName), a.ToDialect)
}

// OpenAddress returns the address that was sealed. It fails with seal.Err.
func OpenAddress(s *seal.Sealer, sealed string) (Address, error) {
	expires, f, err := s.Open(addresses, sealed)
	if err != nil {
		return Address{}, err
	}
	return Address{
		Room: RoomID(f[0]), FromConn: ConnID(f[1]), FromName: PeerName(f[2]),
		ToConn: ConnID(f[3]), ToName: PeerName(f[4]), ToDialect: f[5], Expires: expires,
	}, nil
}
