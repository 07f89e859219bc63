package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Lifetime is how long after its last write an item lives: the two hours of a socket, and slack for clocks.
const Lifetime = 2*time.Hour + 10*time.Minute

// Store keeps connections and rooms in two DynamoDB tables.
type Store struct {
	db          func() *dynamodb.Client
	connections string
	rooms       string
}

var _ signaling.Store = (*Store)(nil)

// New returns a Store on the two tables of those names.
func New(db *dynamodb.Client, connections, rooms string) *Store {
	return Lazily(func() *dynamodb.Client { return db }, connections, rooms)
}

// Lazily is New with a client that is made when the first request needs it. db is called for each.
func Lazily(db func() *dynamodb.Client, connections, rooms string) *Store {
	return &Store{db, connections, rooms}
}

type item = map[string]types.AttributeValue

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func set(conn signaling.ConnID) types.AttributeValue {
	return &types.AttributeValueMemberSS{Value: []string{string(conn)}}
}

func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: fmt.Sprint(n)}
}

func expires(now time.Time) types.AttributeValue { return num(now.Add(Lifetime).Unix()) }

// names maps placeholders to attribute names: many of ours are reserved words of DynamoDB's expressions.
func names(pairs ...string) map[string]string {
	m := make(map[string]string, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// conditionFailed returns the item that failed a condition.
func conditionFailed(err error) (item, bool) {
	e, ok := errors.AsType[*types.ConditionalCheckFailedException](err)
	if !ok {
		return nil, false
	}
	return e.Item, true
}

// Connect implements signaling.Store with one PutItem.
func (s *Store) Connect(ctx context.Context, c signaling.Connection) error {
	it := item{
		"connection": str(string(c.ID)),
		"opened":     num(c.Opened.UnixMilli()),
		"rooms":      &types.AttributeValueMemberM{Value: item{}},
		"expires":    expires(c.Opened),
	}
	if c.Dialect != "" { // an expression can tell what is absent
		it["dialect"] = str(c.Dialect)
	}
	if c.State != "" {
		it["state"] = str(c.State)
	}
	if c.Rights != nil {
		it["rights"] = encodeRights(c.Rights)
	}
	return wrap("remember the connection", s.put(ctx, &dynamodb.PutItemInput{TableName: &s.connections, Item: it}))
}

// Connection implements signaling.Store with one GetItem.
func (s *Store) Connection(ctx context.Context, conn signaling.ConnID, consistent bool) (signaling.Connection, error) {
	it, err := s.get(ctx, &dynamodb.GetItemInput{
		TableName: &s.connections, Key: item{"connection": str(string(conn))}, ConsistentRead: &consistent,
	})
	if err == nil {
		err = checkVersion(it)
	}
	if err != nil {
		return signaling.Connection{}, wrap("read the connection", err)
	}
	if it == nil {
		return signaling.Connection{}, signaling.ErrGone
	}
	return decodeConnection(conn, it), nil
}

// Disconnect implements signaling.Store with one conditional DeleteItem.
func (s *Store) Disconnect(ctx context.Context, conn signaling.ConnID) (signaling.Connection, error) {
	old, err := s.remove(ctx, &s.connections, item{"connection": str(string(conn))})
	if err != nil {
		return signaling.Connection{}, wrap("forget the connection", err)
	}
	if len(old) == 0 {
		return signaling.Connection{}, nil
	}
	return decodeConnection(conn, old), nil
}

func decodeConnection(conn signaling.ConnID, it item) signaling.Connection {
	return signaling.Connection{
		ID: conn, Dialect: stringOf(it["dialect"]), Opened: time.UnixMilli(intOf(it["opened"])).UTC(),
		Rights: decodeRights(it["rights"]), State: stringOf(it["state"]), Rooms: roomsOf(it), Names: namesOf(it),
	}
}

// roomsOf returns the rooms that are noted with a connection.
func roomsOf(connection item) map[signaling.RoomID]signaling.PeerName {
	rooms := map[signaling.RoomID]signaling.PeerName{}
	for room, name := range mapOf(connection["rooms"]) {
		rooms[signaling.RoomID(room)] = signaling.PeerName(stringOf(name))
	}
	return rooms
}

// Exit implements signaling.Store with one conditional UpdateItem.
func (s *Store) Exit(ctx context.Context, conn signaling.ConnID, room signaling.RoomID) (signaling.PeerName, int, error) {
	out, err := s.update(ctx, &dynamodb.UpdateItemInput{
		TableName:                 &s.connections,
		Key:                       item{"connection": str(string(conn))},
		UpdateExpression:          aws.String("SET #v = :v REMOVE #rooms.#room"),
		ConditionExpression:       aws.String("attribute_exists(#rooms.#room)"),
		ExpressionAttributeNames:  names("#rooms", "rooms", "#room", string(room)),
		ExpressionAttributeValues: item{},
		ReturnValues:              types.ReturnValueAllOld,
	})
	if old, failed := conditionFailed(err); failed {
		return "", len(mapOf(old["rooms"])), signaling.ErrNotInRoom
	}
	if err != nil {
		return "", 0, wrap("take the room from the connection", err)
	}
	rooms := roomsOf(out.Attributes)
	return rooms[room], len(rooms) - 1, nil
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
