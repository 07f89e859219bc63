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

var _ signaling.Items = (*Store)(nil)

func itemKey(id signaling.RoomID, name string) item {
	return item{"room": str(string(id)), "item": str("x#" + name)}
}

// Item implements signaling.Items with one GetItem.
func (s *Store) Item(ctx context.Context, id signaling.RoomID, name string, now time.Time) (signaling.Item, error) {
	it, err := s.get(ctx, &dynamodb.GetItemInput{TableName: &s.rooms, Key: itemKey(id, name), ConsistentRead: aws.Bool(true)})
	if err == nil {
		err = checkVersion(it)
	}
	if err != nil {
		return signaling.Item{}, wrap("read an action's item", err)
	}
	list, ok := it["values"].(*types.AttributeValueMemberL)
	if !ok || expired(it, now) {
		return signaling.Item{}, nil
	}
	got := signaling.Item{Rev: intOf(it["rev"])}
	for _, v := range list.Value {
		got.Values = append(got.Values, json.RawMessage(stringOf(v)))
	}
	return got, nil
}

// PutItem implements signaling.Items with one UpdateItem. An item without values stays, with its revision, until its time to
// live takes it.
func (s *Store) PutItem(ctx context.Context, id signaling.RoomID, name string, values []json.RawMessage, rev int64, now time.Time) (int64, error) {
	size := signaling.SizeOf(values)
	if size > signaling.MaxItem {
		return 0, signaling.ErrFull
	}
	in := &dynamodb.UpdateItemInput{
		UpdateExpression:          aws.String("SET #v = :v, #expires = :expires, #values = :values, #bytes = :bytes ADD #rev :one"),
		ExpressionAttributeValues: item{":values": listOf(values...), ":bytes": num(int64(size))},
	}
	switch rev {
	case signaling.AnyRev:
	case 0:
		in.ConditionExpression = aws.String("attribute_not_exists(#rev) OR #expires <= :now")
		in.ExpressionAttributeValues[":now"] = num(now.Unix())
	default:
		in.ConditionExpression = aws.String("#rev = :rev AND #expires > :now")
		in.ExpressionAttributeValues[":rev"], in.ExpressionAttributeValues[":now"] = num(rev), num(now.Unix())
	}
	rev, _, err := s.writeItem(ctx, id, name, in, now)
	if _, failed := conditionFailed(err); failed {
		return 0, signaling.ErrChanged
	}
	return rev, wrap("put an action's item", err)
}

// AppendItem implements signaling.Items with one conditional UpdateItem. What has expired and is not deleted yet takes a
// second request.
func (s *Store) AppendItem(ctx context.Context, id signaling.RoomID, name string, value json.RawMessage, limit int, now time.Time) (int64, error) {
	if len(value) > limit {
		return 0, signaling.ErrFull
	}
	var err error
	for range addTries {
		var rev int64
		var old item
		rev, old, err = s.writeItem(ctx, id, name, &dynamodb.UpdateItemInput{
			UpdateExpression: aws.String("SET #v = :v, #expires = :expires, #values = list_append(if_not_exists(#values, :none), :values)" +
				" ADD #bytes :bytes, #rev :one"),
			ConditionExpression: aws.String("attribute_not_exists(#rev) OR (#expires > :now AND #bytes <= :left)"),
			ExpressionAttributeValues: item{
				":values": listOf(value), ":none": listOf(), ":bytes": num(int64(len(value))),
				":left": num(int64(limit - len(value))), ":now": num(now.Unix()),
			},
		}, now)
		if _, failed := conditionFailed(err); !failed {
			return rev, wrap("append to an action's item", err)
		}
		if !expired(old, now) {
			return 0, signaling.ErrFull
		}
		rev, err = s.PutItem(ctx, id, name, []json.RawMessage{value}, 0, now)
		if err != signaling.ErrChanged { //nolint:errorlint // our own, as it is
			return rev, err
		}
	}
	return 0, wrap("append to an action's item", err)
}

// writeItem makes an update of an item, once, and returns its new revision, or the item that failed the condition.
func (s *Store) writeItem(ctx context.Context, id signaling.RoomID, name string, in *dynamodb.UpdateItemInput, now time.Time) (int64, item, error) {
	in.TableName = &s.rooms
	in.Key = itemKey(id, name)
	in.ExpressionAttributeNames = names("#expires", "expires", "#values", "values", "#bytes", "bytes", "#rev", "rev")
	in.ExpressionAttributeValues[":expires"] = expires(now)
	in.ExpressionAttributeValues[":one"] = num(1)
	in.ReturnValues = types.ReturnValueUpdatedNew
	key := byKey(in)
	out, err := s.update(ctx, in)
	if err != nil {
		old, _ := conditionFailed(err)
		if stringOf(old["by"]) == key {
			return intOf(old["rev"]), nil, nil
		}
		return 0, old, err
	}
	return intOf(out.Attributes["rev"]), nil, nil
}

func listOf(values ...json.RawMessage) types.AttributeValue {
	list := make([]types.AttributeValue, len(values))
	for i, v := range values {
		list[i] = str(string(v))
	}
	return &types.AttributeValueMemberL{Value: list}
}
