package store

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

// SetRights implements signaling.Store with one conditional UpdateItem. Done twice, it is as done once.
func (s *Store) SetRights(ctx context.Context, conn signaling.ConnID, rights *signaling.Rights) error {
	_, err := s.update(ctx, &dynamodb.UpdateItemInput{
		TableName:                 &s.connections,
		Key:                       item{"connection": str(string(conn))},
		UpdateExpression:          aws.String("SET #v = :v, #rights = :rights"),
		ConditionExpression:       aws.String("attribute_exists(#connection)"),
		ExpressionAttributeNames:  names("#connection", "connection", "#rights", "rights"),
		ExpressionAttributeValues: item{":rights": encodeRights(rights)},
	})
	if _, failed := conditionFailed(err); failed {
		return signaling.ErrGone
	}
	return wrap("give the connection rights", err)
}

func encodeRights(r *signaling.Rights) types.AttributeValue {
	rooms := make([]types.AttributeValue, len(r.Rooms))
	for i, pattern := range r.Rooms {
		rooms[i] = str(pattern)
	}
	it := item{
		"user": str(r.User), "peer": str(r.Peer), "role": str(string(r.Role)), "until": num(r.Expires.Unix()),
		"rooms": &types.AttributeValueMemberL{Value: rooms},
	}
	if r.OnlyJoins {
		it["create"] = &types.AttributeValueMemberBOOL{Value: false}
	}
	if r.Seats > 0 {
		it["seats"] = num(int64(r.Seats))
	}
	return &types.AttributeValueMemberM{Value: it}
}

// decodeRights returns nil where there are none.
func decodeRights(v types.AttributeValue) *signaling.Rights {
	it := mapOf(v)
	if it == nil {
		return nil
	}
	r := &signaling.Rights{
		User: stringOf(it["user"]), Peer: stringOf(it["peer"]), Role: signaling.Role(stringOf(it["role"])),
		Expires: time.Unix(intOf(it["until"]), 0).UTC(), Seats: int(intOf(it["seats"])),
	}
	if create, ok := it["create"].(*types.AttributeValueMemberBOOL); ok {
		r.OnlyJoins = !create.Value
	}
	if list, ok := it["rooms"].(*types.AttributeValueMemberL); ok {
		for _, pattern := range list.Value {
			r.Rooms = append(r.Rooms, stringOf(pattern))
		}
	}
	return r
}
