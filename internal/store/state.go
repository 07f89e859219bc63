package store

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

// SetState implements signaling.Store with one conditional UpdateItem, which happens once.
func (s *Store) SetState(ctx context.Context, conn signaling.ConnID, was, state string) error {
	in := &dynamodb.UpdateItemInput{
		TableName:                 &s.connections,
		Key:                       item{"connection": str(string(conn))},
		UpdateExpression:          aws.String("SET #v = :v, #state = :state"),
		ConditionExpression:       aws.String("attribute_exists(#connection) AND #state = :was"),
		ExpressionAttributeNames:  names("#connection", "connection", "#state", "state"),
		ExpressionAttributeValues: item{},
	}
	if state == "" {
		in.UpdateExpression = aws.String("SET #v = :v REMOVE #state")
	} else {
		in.ExpressionAttributeValues[":state"] = str(state)
	}
	if was == "" {
		in.ConditionExpression = aws.String("attribute_exists(#connection) AND attribute_not_exists(#state)")
	} else {
		in.ExpressionAttributeValues[":was"] = str(was)
	}
	key := byKey(in)
	_, err := s.update(ctx, in)
	old, failed := conditionFailed(err)
	switch {
	case failed && len(old) == 0:
		return signaling.ErrGone
	case failed && stringOf(old["by"]) == key:
		return nil
	case failed:
		return signaling.ErrChanged
	}
	return wrap("change the state of the connection", err)
}
