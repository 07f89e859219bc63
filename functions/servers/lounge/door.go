package lounge

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"slices"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// The bounds of a lounge. Its list is one value, which is written when a room is joined.
const (
	maxRooms    = 100
	maxPeople   = 16
	maxText     = 64 // bytes of a name or a password
	hashRounds  = 10_000
	roomsKey    = "rooms" // of the namespace: the names
	passwordKey = "password"
)

// lock is what is kept of the password of a room.
type lock struct {
	Salt []byte `json:"salt"`
	Hash []byte `json:"hash"`
}

func newLock(password string) (lock, error) {
	salt := make([]byte, 16)
	rand.Read(salt)
	hash, err := hash(password, salt)
	return lock{salt, hash}, err
}

func hash(password string, salt []byte) ([]byte, error) {
	return pbkdf2.Key(sha256.New, password, salt, hashRounds, sha256.Size)
}

// opens reports whether that is the password.
func (l lock) opens(password string) (bool, error) {
	hash, err := hash(password, l.Salt)
	return subtle.ConstantTimeCompare(hash, l.Hash) == 1, err
}

// texts reads the arguments of an event, all of them strings that are within the bounds.
func texts(c *server.Client, into ...*string) error {
	for i, text := range into {
		if c.Arg(i, text) != nil || *text == "" || len(*text) > maxText {
			return refusal("want names and passwords of 1 to 64 bytes")
		}
	}
	return nil
}

func list(ctx context.Context, c *server.Client) error {
	rooms := []string{}
	if _, err := c.Value(ctx, "", roomsKey, &rooms); err != nil {
		return err
	}
	return c.Ack(ctx, map[string][]string{"rooms": rooms})
}

// enlist puts a room first on the list, so that it stays there for two hours more.
func enlist(ctx context.Context, c *server.Client, room string) error {
	return server.Update(ctx, c, "", roomsKey, func(rooms *[]string) error {
		others := slices.DeleteFunc(*rooms, func(r string) bool { return r == room })
		if len(others) >= maxRooms {
			return refusal("there are too many rooms: try again later")
		}
		*rooms = slices.Insert(others, 0, room)
		return nil
	})
}

func create(ctx context.Context, c *server.Client) error {
	var room, password, name string
	if err := texts(c, &room, &password, &name); err != nil {
		return err
	}
	if err := free(ctx, c); err != nil {
		return err
	}
	made, err := newLock(password)
	if err != nil {
		return err
	}
	err = server.Update(ctx, c, room, passwordKey, func(kept **lock) error {
		if *kept != nil {
			return refusal("there is a room of that name")
		}
		*kept = &made
		return nil
	})
	if err != nil {
		return err
	}
	if err := enlist(ctx, c, room); err != nil {
		return err
	}
	here, err := enter(ctx, c, room, name)
	if err != nil {
		return err
	}
	return c.Ack(ctx, here)
}

func join(ctx context.Context, c *server.Client) error {
	var room, password, name string
	if err := texts(c, &room, &password, &name); err != nil {
		return err
	}
	if err := free(ctx, c); err != nil {
		return err
	}
	var kept *lock
	if _, err := c.Value(ctx, room, passwordKey, &kept); err != nil {
		return err
	}
	opens := false
	if kept != nil {
		var err error
		if opens, err = kept.opens(password); err != nil {
			return err
		}
	}
	if !opens {
		return refusal("there is no such room, or it has another password")
	}
	if _, err := c.SetValue(ctx, room, passwordKey, kept, server.AnyRev); err != nil { // for two hours more
		return err
	}
	if err := enlist(ctx, c, room); err != nil {
		return err
	}
	here, err := enter(ctx, c, room, name)
	if err != nil {
		return err
	}
	if err := c.Ack(ctx, here); err != nil {
		return err
	}
	return c.To(room).Emit(ctx, "joined", person{c.ID(), name})
}

// free refuses a client that is in a room.
func free(ctx context.Context, c *server.Client) error {
	rooms, err := c.Rooms(ctx)
	if err == nil && len(rooms) > 0 {
		err = refusal("you are in a room: leave it first")
	}
	return err
}
