package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

// AddKnock implements signaling.Store with one conditional UpdateItem. The first knock at a room takes a second request, as
// opening a room does: an update cannot reach into a map that is not there.
func (s *Store) AddKnock(ctx context.Context, id signaling.RoomID, w signaling.Waiting, door signaling.Door, now time.Time) (signaling.Room, error) {
	first := false // nobody waits yet
	var err error
	for range addTries {
		in := knockUpdate(w, door, now)
		if first {
			in = firstKnock(w, door, now)
		}
		in.TableName, in.Key = &s.rooms, roomKey(id)
		var out *dynamodb.Output
		out, err = s.update(ctx, in)
		if err == nil {
			return decodeRoom(id, out.Attributes).At(now), nil
		}
		old, failed := conditionFailed(err)
		_, others := old["waiting"]
		switch {
		case noMap(err):
			first = true
		case failed && !expired(old, now) && first && others:
			first = false // somebody was faster
		case failed && !expired(old, now):
			return decodeRoom(id, old).At(now), signaling.ErrRefused
		case failed && !door.Empty:
			return signaling.Room{ID: id}, signaling.ErrRefused
		case failed:
			rev := max(intOf(old["rev"]), 1)
			it := item{
				"room": str(string(id)), "item": str("room"), "rev": num(rev), "expires": expires(now), "peers": mapWith("", nil),
				"waiting": mapWith(string(w.Name), encodeWaiting(w)),
			}
			err = s.putOver(ctx, &dynamodb.PutItemInput{TableName: &s.rooms, Item: it}, intOf(old["rev"]))
			if _, lost := conditionFailed(err); !lost {
				return decodeRoom(id, it).At(now), wrap("knock", err)
			}
		default:
			return signaling.Room{}, wrap("knock", err)
		}
	}
	return signaling.Room{}, wrap("knock", err)
}

// knockUpdate adds w to those who wait.
func knockUpdate(w signaling.Waiting, door signaling.Door, now time.Time) *dynamodb.UpdateItemInput {
	in := knockInput(w, door, now)
	in.UpdateExpression = aws.String("SET #waiting.#name = :entry, #v = :v, #expires = :expires")
	in.ConditionExpression = aws.String("attribute_not_exists(#waiting) OR (" + *in.ConditionExpression +
		" AND (#waiting.#name.#connection = :conn OR (attribute_not_exists(#waiting.#name) AND size(#waiting) < :most)))")
	in.ExpressionAttributeNames["#connection"] = "connection"
	in.ExpressionAttributeValues[":entry"], in.ExpressionAttributeValues[":most"] = encodeWaiting(w), num(signaling.MaxWaiting)
	return in
}

// firstKnock lets w wait where nobody does, in a room that may never have been. That is at revision 1: at 0 there is no item.
func firstKnock(w signaling.Waiting, door signaling.Door, now time.Time) *dynamodb.UpdateItemInput {
	in := knockInput(w, door, now)
	condition := "(" + *in.ConditionExpression + ")"
	if door.Empty {
		condition = "(attribute_not_exists(#peers) OR " + condition + ")"
	}
	in.UpdateExpression = aws.String("SET #waiting = :entries, #v = :v, #expires = :expires, #rev = if_not_exists(#rev, :one), #peers = if_not_exists(#peers, :empty)")
	in.ConditionExpression = aws.String("attribute_not_exists(#waiting) AND " + condition)
	in.ExpressionAttributeNames["#rev"] = "rev"
	in.ExpressionAttributeValues[":entries"], in.ExpressionAttributeValues[":empty"] = mapWith(string(w.Name), encodeWaiting(w)), mapWith("", nil)
	in.ExpressionAttributeValues[":one"] = num(1)
	return in
}

// knockInput has the condition that w may wait for the room at all.
func knockInput(w signaling.Waiting, door signaling.Door, now time.Time) *dynamodb.UpdateItemInput {
	in := &dynamodb.UpdateItemInput{
		ExpressionAttributeNames: names("#waiting", "waiting", "#name", string(w.Name), "#expires", "expires", "#peers", "peers", "#conns", "conns"),
		ExpressionAttributeValues: item{
			":conn": str(string(w.Conn)), ":now": num(now.Unix()), ":expires": expires(now), ":none": num(0),
		},
		ReturnValues: types.ReturnValueAllNew,
	}
	at := "size(#peers) > :none"
	if !door.Open {
		at += " AND attribute_exists(#locked)"
		in.ExpressionAttributeNames["#locked"] = "locked"
	}
	if door.Empty {
		at = "size(#peers) = :none OR (" + at + ")"
	}
	in.ConditionExpression = aws.String("#expires > :now AND attribute_not_exists(#peers.#name) AND NOT contains(#conns, :conn) AND (" + at + ")")
	return in
}

// EndKnock implements signaling.Store with one conditional UpdateItem, which happens once: who ends a knock tells of it.
func (s *Store) EndKnock(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	in := &dynamodb.UpdateItemInput{
		TableName:                 &s.rooms,
		Key:                       roomKey(id),
		UpdateExpression:          aws.String("SET #v = :v REMOVE #waiting.#name"),
		ConditionExpression:       aws.String("#expires > :now AND #waiting.#name.#connection = :conn"),
		ExpressionAttributeNames:  names("#waiting", "waiting", "#name", string(name), "#connection", "connection", "#expires", "expires"),
		ExpressionAttributeValues: item{":conn": str(string(conn)), ":now": num(now.Unix())},
		ReturnValues:              types.ReturnValueAllNew,
	}
	key := byKey(in)
	return s.outcome(ctx, id, in, key, now)
}

// mapWith is a map of one entry, or of none.
func mapWith(name string, v types.AttributeValue) types.AttributeValue {
	m := item{}
	if v != nil {
		m[name] = v
	}
	return &types.AttributeValueMemberM{Value: m}
}

func encodeWaiting(w signaling.Waiting) types.AttributeValue {
	entry := item{"connection": str(string(w.Conn)), "dialect": str(w.Dialect), "at": num(w.At.UnixMilli())}
	if w.User != "" {
		entry["user"] = str(w.User)
	}
	if w.Data != nil {
		entry["data"] = str(string(w.Data))
	}
	return &types.AttributeValueMemberM{Value: entry}
}

func decodeWaiting(v types.AttributeValue) []signaling.Waiting {
	var list []signaling.Waiting
	for name, v := range mapOf(v) {
		entry := mapOf(v)
		w := signaling.Waiting{
			Name: signaling.PeerName(name), Conn: signaling.ConnID(stringOf(entry["connection"])), Dialect: stringOf(entry["dialect"]),
			User: stringOf(entry["user"]), At: time.UnixMilli(intOf(entry["at"])).UTC(),
		}
		if data, ok := entry["data"]; ok {
			w.Data = json.RawMessage(stringOf(data))
		}
		list = append(list, w)
	}
	signaling.SortWaiting(list)
	return list
}
