package store

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/signaling"
)

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
