package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

func roomKey(id signaling.RoomID) item {
	return item{"room": str(string(id)), "item": str("room")}
}

// Room implements signaling.Store with one GetItem.
func (s *Store) Room(ctx context.Context, id signaling.RoomID, now time.Time, consistent bool) (signaling.Room, error) {
	it, err := s.get(ctx, &dynamodb.GetItemInput{
		TableName: &s.rooms, Key: roomKey(id), ConsistentRead: &consistent,
	})
	if err != nil {
		return signaling.Room{}, wrap("read the room", err)
	}
	if expired(it, now) {
		return signaling.Room{ID: id}, nil
	}
	if err := checkVersion(it); err != nil {
		return signaling.Room{}, wrap("read the room", err)
	}
	return decodeRoom(id, it).At(now), nil
}

// RemovePeer implements signaling.Store with one conditional UpdateItem.
func (s *Store) RemovePeer(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	return s.change(ctx, id, name, conn, &dynamodb.UpdateItemInput{
		UpdateExpression:          aws.String("SET #expires = :expires, #v = :v ADD #rev :one REMOVE #peers.#name DELETE #conns :conns"),
		ExpressionAttributeNames:  names("#conns", "conns"),
		ExpressionAttributeValues: item{":conns": set(conn)},
	}, now)
}

// SetData implements signaling.Store with one conditional UpdateItem.
func (s *Store) SetData(
	ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, data, former json.RawMessage, now time.Time,
) (signaling.Room, error) {
	in := &dynamodb.UpdateItemInput{
		UpdateExpression:          aws.String("SET #expires = :expires, #v = :v ADD #rev :one REMOVE #peers.#name.#data"),
		ConditionExpression:       aws.String("attribute_not_exists(#peers.#name.#data)"),
		ExpressionAttributeNames:  names("#data", "data"),
		ExpressionAttributeValues: item{},
	}
	if len(data) > 0 {
		in.UpdateExpression = aws.String("SET #expires = :expires, #v = :v, #peers.#name.#data = :data ADD #rev :one")
		in.ExpressionAttributeValues[":data"] = str(string(data))
	}
	if len(former) > 0 {
		in.ConditionExpression = aws.String("#peers.#name.#data = :former")
		in.ExpressionAttributeValues[":former"] = str(string(former))
	}
	return s.change(ctx, id, name, conn, in, now)
}

// SetLocked implements signaling.Store with one conditional UpdateItem.
func (s *Store) SetLocked(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, locked bool, now time.Time) (signaling.Room, error) {
	in := &dynamodb.UpdateItemInput{
		UpdateExpression:          aws.String("SET #expires = :expires, #v = :v ADD #rev :one REMOVE #locked"),
		ExpressionAttributeNames:  names("#locked", "locked"),
		ExpressionAttributeValues: item{},
	}
	if locked {
		in.UpdateExpression = aws.String("SET #expires = :expires, #v = :v, #locked = :locked ADD #rev :one")
		in.ExpressionAttributeValues[":locked"] = &types.AttributeValueMemberBOOL{Value: true}
	}
	return s.change(ctx, id, name, conn, in, now)
}

// Touch implements signaling.Store with one conditional UpdateItem.
func (s *Store) Touch(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	return s.change(ctx, id, name, conn, &dynamodb.UpdateItemInput{
		UpdateExpression:          aws.String("SET #expires = :expires, #v = :v ADD #rev :one"),
		ExpressionAttributeNames:  map[string]string{},
		ExpressionAttributeValues: item{},
	}, now)
}

// change makes the update of one entry conditional on its connection.
func (s *Store) change(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, in *dynamodb.UpdateItemInput, now time.Time) (signaling.Room, error) {
	condition := "#expires > :now AND #peers.#name.#connection = :conn"
	if in.ConditionExpression != nil {
		condition += " AND " + *in.ConditionExpression
	}
	in.ConditionExpression = &condition
	maps.Copy(in.ExpressionAttributeNames, names("#peers", "peers", "#name", string(name), "#connection", "connection"))
	in.ExpressionAttributeValues[":conn"] = str(string(conn))
	room, err := s.guarded(ctx, id, in, now)
	if errors.Is(err, signaling.ErrNoPeer) {
		return signaling.Room{}, err
	}
	return room, err
}

// byKey makes an update happen once: the item says whose update was the last, so if an attempt was not answered, the
// next one fails, and the item has the key.
func byKey(in *dynamodb.UpdateItemInput) (key string) {
	key = newKey()
	in.UpdateExpression = aws.String(strings.Replace(*in.UpdateExpression, "SET ", "SET #by = :by, ", 1))
	condition := "attribute_not_exists(#by) OR #by <> :by"
	if in.ConditionExpression != nil {
		condition = "(" + *in.ConditionExpression + ") AND (" + condition + ")"
	}
	in.ConditionExpression = &condition
	in.ExpressionAttributeNames["#by"] = "by"
	in.ExpressionAttributeValues[":by"] = str(key)
	return key
}

func newKey() string { return rand.Text()[:8] }

// guarded makes an update of the room, once. When the condition fails it returns ErrNoPeer and the room.
func (s *Store) guarded(ctx context.Context, id signaling.RoomID, in *dynamodb.UpdateItemInput, now time.Time) (signaling.Room, error) {
	in.TableName = &s.rooms
	in.Key = roomKey(id)
	maps.Copy(in.ExpressionAttributeNames, names("#rev", "rev", "#expires", "expires"))
	maps.Copy(in.ExpressionAttributeValues, item{":expires": expires(now), ":now": num(now.Unix()), ":one": num(1)})
	key := byKey(in)
	in.ReturnValues = types.ReturnValueAllNew
	return s.outcome(ctx, id, in, key, now)
}

// outcome makes an update of the room that is to happen once, by that key.
func (s *Store) outcome(ctx context.Context, id signaling.RoomID, in *dynamodb.UpdateItemInput, key string, now time.Time) (signaling.Room, error) {
	out, err := s.update(ctx, in)
	old, failed := conditionFailed(err)
	switch {
	case failed && expired(old, now):
		return signaling.Room{ID: id}, signaling.ErrNoPeer
	case failed:
		room := decodeRoom(id, old).At(now)
		if stringOf(old["by"]) == key {
			return room, nil
		}
		return room, signaling.ErrNoPeer
	case err != nil:
		return signaling.Room{}, wrap("change the room", err)
	}
	return decodeRoom(id, out.Attributes).At(now), nil
}

// noMap says that an update was refused because the map it writes into is not there.
func noMap(err error) bool {
	e, ok := errors.AsType[smithy.APIError](err)
	return ok && e.ErrorCode() == "ValidationException" && strings.Contains(e.ErrorMessage(), "document path")
}

func expired(it item, now time.Time) bool {
	return intOf(it["expires"]) <= now.Unix()
}

func encodePeer(p signaling.Peer) types.AttributeValue {
	entry := item{
		"connection": str(string(p.Conn)),
		"dialect":    str(p.Dialect),
		"joined":     num(p.Joined.UnixMilli()),
	}
	if p.Role != "" {
		entry["role"] = str(string(p.Role))
	}
	if p.User != "" {
		entry["user"] = str(p.User)
	}
	if p.Data != nil {
		entry["data"] = str(string(p.Data))
	}
	if !p.Lost.IsZero() {
		entry["lost"], entry["loss"] = num(p.Lost.UnixMilli()), num(p.Loss)
	}
	return &types.AttributeValueMemberM{Value: entry}
}

func decodeRoom(id signaling.RoomID, it item) signaling.Room {
	var peers []signaling.Peer
	for name, v := range mapOf(it["peers"]) {
		entry := mapOf(v)
		p := signaling.Peer{
			Name:    signaling.PeerName(name),
			Conn:    signaling.ConnID(stringOf(entry["connection"])),
			Dialect: stringOf(entry["dialect"]),
			Joined:  time.UnixMilli(intOf(entry["joined"])).UTC(),
			Role:    signaling.Role(stringOf(entry["role"])),
			User:    stringOf(entry["user"]),
			Loss:    intOf(entry["loss"]),
		}
		if lost, ok := entry["lost"]; ok {
			p.Lost = time.UnixMilli(intOf(lost)).UTC()
		}
		if busy, ok := entry["busy"]; ok {
			p.Busy = time.UnixMilli(intOf(busy)).UTC()
		}
		if data, ok := entry["data"]; ok {
			p.Data = json.RawMessage(stringOf(data))
		}
		peers = append(peers, p)
	}
	room := signaling.NewRoom(id, intOf(it["rev"]), peers)
	_, room.Locked = it["locked"]
	room.Locked = room.Locked && len(peers) > 0
	room.Stale = stale(it, peers)
	room.Seats = int(intOf(it["seats"]))
	room.Waiting = decodeWaiting(it["waiting"])
	return room
}

// mapOf, stringOf and intOf read an attribute of our own writing; what is absent reads as empty.
func mapOf(v types.AttributeValue) item {
	if m, ok := v.(*types.AttributeValueMemberM); ok {
		return m.Value
	}
	return nil
}

func stringOf(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

func intOf(v types.AttributeValue) int64 {
	if n, ok := v.(*types.AttributeValueMemberN); ok {
		i, _ := strconv.ParseInt(n.Value, 10, 64)
		return i
	}
	return 0
}
