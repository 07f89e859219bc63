package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Joins are counted in an attribute for each minute, so that one expression counts the first of a minute as well as a
// further one. Its name is not used again while a connection can live; older ones are taken out, as far as one sees back.
const (
	joinNames   = 1000
	joinHistory = 8
)

func joinName(minute int64) string { return fmt.Sprint("joins", minute%joinNames) }

// Enter implements signaling.Store with one conditional UpdateItem.
func (s *Store) Enter(ctx context.Context, conn signaling.ConnID, room signaling.RoomID, name signaling.PeerName, q signaling.Quota, now time.Time) (bool, error) {
	joins := joinName(now.Unix() / 60)
	in := &dynamodb.UpdateItemInput{
		TableName: &s.connections,
		Key:       item{"connection": str(string(conn))},
		ExpressionAttributeNames: names(
			"#connection", "connection", "#rooms", "rooms", "#room", string(room)),
		ExpressionAttributeValues: item{":name": str(string(name))},
	}
	update, condition := "SET #rooms.#room = :name, #v = :v", "attribute_exists(#connection)"
	if q.Rooms > 0 {
		condition += " AND (attribute_exists(#rooms.#room) OR size(#rooms) < :most)"
		in.ExpressionAttributeValues[":most"] = num(int64(q.Rooms))
	}
	if q.Joins > 0 {
		var old []string
		for i := range int64(joinHistory) {
			old = append(old, joinName(now.Unix()/60-1-i))
		}
		update += ", #joins = if_not_exists(#joins, :none) + :one REMOVE " + strings.Join(old, ", ")
		condition += " AND (attribute_not_exists(#joins) OR #joins < :joins)"
		in.ExpressionAttributeNames["#joins"] = joins
		in.ExpressionAttributeValues[":joins"] = num(int64(q.Joins))
		in.ExpressionAttributeValues[":none"], in.ExpressionAttributeValues[":one"] = num(0), num(1)
	}
	in.UpdateExpression, in.ConditionExpression = &update, &condition
	in.ReturnValues = types.ReturnValueAllOld
	out, err := s.update(ctx, in)
	old, failed := conditionFailed(err)
	switch {
	case err == nil:
		_, noted := roomsOf(out.Attributes)[room]
		return noted, nil
	case !failed:
		return false, wrap("note the room with the connection", err)
	case len(old) == 0:
		return false, signaling.ErrGone
	case q.Joins > 0 && intOf(old[joins]) >= int64(q.Joins):
		return false, signaling.ErrTooManyJoins
	}
	return false, signaling.ErrTooManyRooms
}

// Debit implements signaling.Store with one conditional UpdateItem, or two when the connection was even with its rate
// meanwhile: an expression cannot take the later of two times.
func (s *Store) Debit(ctx context.Context, conn signaling.ConnID, by time.Duration, now time.Time) (time.Time, error) {
	var err error
	for i := range addTries {
		set, condition := "if_not_exists(#even, :now)", "(attribute_not_exists(#even) OR #even > :now)"
		if i%2 == 1 {
			set, condition = ":now", "#even <= :now"
		}
		var out *dynamodb.Output
		out, err = s.update(ctx, &dynamodb.UpdateItemInput{
			TableName:                &s.connections,
			Key:                      item{"connection": str(string(conn))},
			UpdateExpression:         aws.String("SET #v = :v, #even = " + set + " + :by"),
			ConditionExpression:      aws.String("attribute_exists(#connection) AND " + condition),
			ExpressionAttributeNames: names("#connection", "connection", "#even", "even"),
			ExpressionAttributeValues: item{
				":now": num(now.UnixMilli()), ":by": num(by.Milliseconds()),
			},
			ReturnValues: "UPDATED_NEW",
		})
		if err == nil {
			return time.UnixMilli(intOf(out.Attributes["even"])).UTC(), nil
		}
		if old, failed := conditionFailed(err); !failed {
			break
		} else if len(old) == 0 {
			return time.Time{}, signaling.ErrGone
		}
	}
	return time.Time{}, wrap("settle the messages of the connection", err)
}
