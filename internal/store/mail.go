package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/signaling"
)

// mailSlack is how long a mailbox outlives the seat that it is for.
const mailSlack = 10 * time.Minute

// A mailbox is one item beside the roster, so that one write closes it: whoever adds to it later learns that the peer is
// back. Its generation is the revision by which the peer was lost, which grows with each loss.
func mailKey(id signaling.RoomID, box signaling.Mailbox) item {
	return item{"room": str(string(id)), "item": str("mail#" + string(box.Peer))}
}

func mailNames(more ...string) map[string]string {
	return names(append([]string{"#generation", "generation", "#expires", "expires"}, more...)...)
}

func mailExpires(box signaling.Mailbox) types.AttributeValue {
	return num(box.Until.Add(mailSlack).Unix())
}

// KeepMail implements signaling.Store with one conditional UpdateItem. The first message of a later box than the one that is
// there takes a second request.
func (s *Store) KeepMail(ctx context.Context, id signaling.RoomID, box signaling.Mailbox, mail []signaling.Mail, front bool, _ time.Time) error {
	list, size := encodeMail(mail)
	if len(mail) > signaling.MaxMail || size > signaling.MaxMailBytes {
		return signaling.ErrRefused
	}
	appended := "list_append(if_not_exists(#messages, :none), :mail)"
	if front {
		appended = "list_append(:mail, if_not_exists(#messages, :none))"
	}
	var err error
	for range addTries {
		_, err = s.update(ctx, &dynamodb.UpdateItemInput{
			TableName:        &s.rooms,
			Key:              mailKey(id, box),
			UpdateExpression: aws.String("SET #v = :v, #generation = :generation, #expires = :expires, #messages = " + appended + " ADD #bytes :bytes"),
			ConditionExpression: aws.String("attribute_not_exists(#generation) OR (#generation = :generation AND attribute_not_exists(#closed)" +
				" AND size(#messages) <= :count AND #bytes <= :left)"),
			ExpressionAttributeNames: mailNames("#messages", "messages", "#bytes", "bytes", "#closed", "closed"),
			ExpressionAttributeValues: item{
				":generation": num(box.Loss), ":expires": mailExpires(box), ":mail": list, ":none": &types.AttributeValueMemberL{},
				":bytes": num(int64(size)), ":count": num(int64(signaling.MaxMail - len(mail))), ":left": num(int64(signaling.MaxMailBytes - size)),
			},
		})
		old, failed := conditionFailed(err)
		if !failed {
			return wrap("keep the mail", err)
		}
		_, closed := old["closed"]
		switch generation := intOf(old["generation"]); {
		case generation == box.Loss && !closed:
			return signaling.ErrRefused
		case generation >= box.Loss:
			return signaling.ErrNoPeer
		default:
			in := &dynamodb.PutItemInput{
				TableName: &s.rooms, Item: mailKey(id, box),
				ConditionExpression:       aws.String("generation = :old"),
				ExpressionAttributeValues: item{":old": num(generation)},
			}
			in.Item["generation"], in.Item["expires"] = num(box.Loss), mailExpires(box)
			in.Item["messages"], in.Item["bytes"] = list, num(int64(size))
			err = s.put(ctx, in)
			if _, lost := conditionFailed(err); !lost {
				return wrap("keep the mail", err)
			}
		}
	}
	return wrap("keep the mail", err)
}

// CloseMail implements signaling.Store with one conditional UpdateItem.
func (s *Store) CloseMail(ctx context.Context, id signaling.RoomID, box signaling.Mailbox, _ time.Time) ([]signaling.Mail, error) {
	out, err := s.update(ctx, &dynamodb.UpdateItemInput{
		TableName:                &s.rooms,
		Key:                      mailKey(id, box),
		UpdateExpression:         aws.String("SET #v = :v, #generation = :generation, #expires = :expires, #closed = :closed"),
		ConditionExpression:      aws.String("attribute_not_exists(#generation) OR #generation <= :generation"),
		ExpressionAttributeNames: mailNames("#closed", "closed"),
		ExpressionAttributeValues: item{
			":generation": num(box.Loss), ":expires": mailExpires(box), ":closed": &types.AttributeValueMemberBOOL{Value: true},
		},
		ReturnValues: types.ReturnValueAllOld,
	})
	if _, failed := conditionFailed(err); failed {
		return nil, signaling.ErrNoPeer
	}
	if err != nil {
		return nil, wrap("close the mailbox", err)
	}
	if intOf(out.Attributes["generation"]) != box.Loss {
		return nil, nil
	}
	return decodeMail(out.Attributes["messages"]), nil
}

// ClearMail implements signaling.Store with one conditional UpdateItem.
func (s *Store) ClearMail(ctx context.Context, id signaling.RoomID, box signaling.Mailbox, _ time.Time) error {
	_, err := s.update(ctx, &dynamodb.UpdateItemInput{
		TableName:                 &s.rooms,
		Key:                       mailKey(id, box),
		UpdateExpression:          aws.String("SET #v = :v REMOVE #messages, #bytes"),
		ConditionExpression:       aws.String("#generation = :generation"),
		ExpressionAttributeNames:  names("#generation", "generation", "#messages", "messages", "#bytes", "bytes"),
		ExpressionAttributeValues: item{":generation": num(box.Loss)},
	})
	if _, failed := conditionFailed(err); failed {
		return nil
	}
	return wrap("clear the mailbox", err)
}

// Settle implements signaling.Store with one conditional UpdateItem.
func (s *Store) Settle(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, _ time.Time) error {
	_, err := s.update(ctx, &dynamodb.UpdateItemInput{
		TableName:           &s.rooms,
		Key:                 roomKey(id),
		UpdateExpression:    aws.String("SET #v = :v REMOVE #peers.#name.#busy"),
		ConditionExpression: aws.String("#peers.#name.#connection = :conn"),
		ExpressionAttributeNames: names(
			"#peers", "peers", "#name", string(name), "#busy", "busy", "#connection", "connection"),
		ExpressionAttributeValues: item{":conn": str(string(conn))},
	})
	if _, failed := conditionFailed(err); failed {
		return nil
	}
	return wrap("settle the peer", err)
}

func encodeMail(mail []signaling.Mail) (list types.AttributeValue, size int) {
	values := make([]types.AttributeValue, len(mail))
	for i, m := range mail {
		one := item{"from": str(string(m.From)), "data": str(string(m.Data))}
		if m.N != nil {
			one["n"] = str(string(m.N))
		}
		values[i] = &types.AttributeValueMemberM{Value: one}
		size += m.Size()
	}
	return &types.AttributeValueMemberL{Value: values}, size
}

func decodeMail(v types.AttributeValue) []signaling.Mail {
	list, ok := v.(*types.AttributeValueMemberL)
	if !ok {
		return nil
	}
	mail := make([]signaling.Mail, len(list.Value))
	for i, v := range list.Value {
		one := mapOf(v)
		mail[i] = signaling.Mail{From: signaling.PeerName(stringOf(one["from"])), Data: json.RawMessage(stringOf(one["data"]))}
		if n, ok := one["n"]; ok {
			mail[i].N = json.RawMessage(stringOf(n))
		}
	}
	return mail
}
