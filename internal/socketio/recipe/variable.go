package recipe

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/url"
	"slices"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// shape is what is known of a value before there is one.
type shape int

const (
	anything shape = iota // what a client sends
	nothing               // null, true and false
	aText
	aNumber
	anObject
	texts   // a list of texts
	objects // a list of objects
	aList   // of anything
)

func (s shape) String() string {
	return [...]string{"anything", "no value", "a text", "a number", "an object", "a list", "a list", "a list"}[s]
}

// variables are those there are, besides $0, $1 and so on.
var variables = []struct {
	name  string
	shape shape
	when  string // "event": there is none outside of on; "room": nor where no room can be
}{
	{"id", aText, ""},
	{"name", aText, ""},
	{"room", aText, "room"},
	{"count", aNumber, "room"},
	{"others", texts, "room"},
	{"members", texts, "room"},
	{"roster", objects, "room"},
	{"othersRoster", objects, "room"},
	{"all", texts, ""},
	{"directory", anObject, ""},
	{"data", anObject, ""},
	{"query", anObject, ""},
	{"auth", anything, ""},
	{"new", aText, ""},
	{"it", anything, "each"},
	{"args", aList, "event"},
	{"event", aText, "event"},
}

// variable returns what $name is at the event.
func (t *turn) variable(ctx context.Context, v variable) (json.RawMessage, error) {
	switch v.name {
	case "":
		if v.arg < len(t.event.Args) {
			return t.event.Args[v.arg], nil
		}
	case "args":
		return t.made(listOf(t.event.Args))
	case "event":
		return quote(t.event.Name), nil
	case "id":
		return quote(t.socket.ID()), nil
	case "new":
		if t.random == "" {
			if t.random = rand.Text(); t.recipe.Random != nil {
				t.random = t.recipe.Random()
			}
		}
		return quote(t.random), nil
	case "it":
		return t.items[len(t.items)-1], nil
	case "query":
		return t.made(queryOf(t.socket.Query()))
	case "auth":
		return t.socket.Auth(), nil
	case "name":
		name, err := t.socket.Name(ctx)
		if name == "" {
			return nil, err
		}
		return quote(name), err
	case "data":
		data, err := t.socket.Data(ctx)
		return dataOf(data), err
	case "room":
		return t.theRoom(ctx)
	case "all", "directory":
		return t.ofEveryone(ctx, v.name)
	default:
		return t.ofRoom(ctx, v.name)
	}
	return nil, nil //nolint:nilnil // missing
}

// theRoom is the current room, or the only one that the socket is in.
func (t *turn) theRoom(ctx context.Context) (json.RawMessage, error) {
	rooms, err := t.rooms(ctx)
	if err != nil || len(rooms) != 1 {
		return nil, err
	}
	return quote(rooms[0]), nil
}

func (t *turn) ofRoom(ctx context.Context, name string) (json.RawMessage, error) {
	all, err := t.members(ctx)
	if err != nil {
		return nil, err
	}
	if name == "count" {
		return json.Marshal(len(all))
	}
	if name == "others" || name == "othersRoster" {
		all = slices.DeleteFunc(slices.Clone(all), func(m server.Member) bool { return m.ID == t.socket.ID() })
	}
	made := make([]json.RawMessage, len(all))
	for i, m := range all {
		if name == "others" || name == "members" {
			made[i] = quote(m.ID)
		} else if made[i], err = t.person(ctx, m); err != nil {
			return nil, err
		}
	}
	return t.made(listOf(made))
}

func (t *turn) ofEveryone(ctx context.Context, name string) (json.RawMessage, error) {
	if t.everyone == nil {
		all, err := t.socket.Everyone(ctx)
		if err != nil {
			return nil, err
		}
		t.everyone = all
	}
	var ids []json.RawMessage
	var people []member
	for _, m := range t.everyone {
		if name == "all" {
			ids = append(ids, quote(m.ID))
			continue
		}
		data, err := t.dataOf(ctx, m)
		if err != nil {
			return nil, err
		}
		people = append(people, member{key: m.ID, value: data})
	}
	if name == "all" {
		return t.made(listOf(ids))
	}
	return t.made(objectOf(people))
}

// person is a member as $roster has it: the data, with the socket's id.
func (t *turn) person(ctx context.Context, m server.Member) (json.RawMessage, error) {
	data, err := t.dataOf(ctx, m)
	if err != nil {
		return nil, err
	}
	return objectOf(append([]member{{key: "id", value: quote(m.ID)}}, members(data)...)), nil
}

// dataOf returns a member's data. What the event has set of its own is not yet with the members of a
// room that were read before.
func (t *turn) dataOf(ctx context.Context, m server.Member) (json.RawMessage, error) {
	if m.ID != t.socket.ID() {
		return dataOf(m.Data), nil
	}
	data, err := t.socket.Data(ctx)
	return dataOf(server.Public(data)), err
}

// dataOf writes data in the order of its keys, so that it is the same each time.
func dataOf(data map[string]json.RawMessage) json.RawMessage {
	var all []member
	for _, key := range slices.Sorted(maps.Keys(data)) {
		all = append(all, member{key: key, value: data[key]})
	}
	return objectOf(all)
}

func queryOf(query url.Values) json.RawMessage {
	var all []member
	for _, key := range slices.Sorted(maps.Keys(query)) {
		all = append(all, member{key: key, value: quote(query.Get(key))})
	}
	return objectOf(all)
}
