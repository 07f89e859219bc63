package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

// mailSlack is how long a mailbox outlives the seat that it is for.
const mailSlack = 10 * time.Minute

// A mailbox is one item beside the roster, so that one write closes it: whoever adds to it later learns that the peer is
// back. Its generation is the revision by which the peer was lost, which grows with each loss; its seat tells which peer of
// that name it is for.
func mailKey(id signaling.RoomID, box signaling.Mailbox) item {
	return item{"room": str(string(id)), "item": str("mail#" + string(box.Peer))}
}

// mailUpdate is the part that all writes of a mailbox share: an expression begins with mailSet.
func (s *Store) mailUpdate(id signaling.RoomID, box signaling.Mailbox) *dynamodb.UpdateItemInput {
	return &dynamodb.UpdateItemInput{
		TableName:                &s.rooms,
		Key:                      mailKey(id, box),
		ExpressionAttributeNames: names("#generation", "generation", "#expires", "expires", "#seat", "seat", "#closed", "closed"),
		ExpressionAttributeValues: item{
			":generation": num(box.Loss), ":seat": num(box.Seat.UnixMilli()), ":expires": num(box.Until.Add(mailSlack).Unix()),
		},
	}
}

const mailSet = "SET #v = :v, #generation = :generation, #seat = :seat, #expires = :expires"

// ofSeat reports whether the mailbox is for that seat. One that an older release wrote does not say so: it is, if it is of
// that loss.
func ofSeat(it item, box signaling.Mailbox) bool {
	if seat, said := it["seat"]; said {
		return intOf(seat) == box.Seat.UnixMilli()
	}
	return intOf(it["generation"]) == box.Loss
}

// KeepMail implements signaling.Store with one conditional UpdateItem. The first message of a later box than the one that is
// there takes a second request.
func (s *Store) KeepMail(ctx context.Context, id signaling.RoomID, box signaling.Mailbox, mail signaling.Mail, _ time.Time) error {
	if mail.Size() > signaling.MaxMailBytes {
		return signaling.ErrRefused
	}
	key := rand.Text()[:12]
	message := encodeMail(mail)
	mapOf(message)["key"] = str(key)
	const room = "(attribute_not_exists(#messages) OR size(#messages) < :count AND #bytes <= :left)"
	for range addTries {
		in := s.keep(id, box, message, mail.Size())
		in.UpdateExpression = aws.String(mailSet + ", #messages = list_append(if_not_exists(#messages, :none), :mail) ADD #bytes :bytes")
		in.ConditionExpression = aws.String("attribute_not_exists(#generation) OR (#generation = :generation AND attribute_not_exists(#closed) AND " + room + ")")
		old, err := s.addMail(ctx, in, key)
		if old == nil {
			return wrap("keep the mail", err)
		}
		_, closed := old["closed"]
		generation := intOf(old["generation"])
		switch {
		case generation == box.Loss && !closed:
			return signaling.ErrRefused
		case generation >= box.Loss:
			return signaling.ErrNoPeer
		}
		in = s.keep(id, box, message, mail.Size())
		in.ExpressionAttributeValues[":old"] = num(generation)
		if ofSeat(old, box) {
			in.UpdateExpression = aws.String(mailSet + ", #messages = list_append(if_not_exists(#messages, :none), :mail) ADD #bytes :bytes REMOVE #closed")
			in.ConditionExpression = aws.String("#generation = :old AND " + room)
		} else {
			in.UpdateExpression = aws.String(mailSet + ", #messages = :mail, #bytes = :bytes REMOVE #closed")
			in.ConditionExpression = aws.String("#generation = :old")
			for _, unused := range []string{":none", ":count", ":left"} {
				delete(in.ExpressionAttributeValues, unused)
			}
		}
		now, err := s.addMail(ctx, in, key)
		if now == nil {
			return wrap("keep the mail", err)
		}
		if intOf(now["generation"]) == generation {
			return signaling.ErrRefused
		}
	}
	return errors.New("keep the mail: the peer comes and goes faster than that")
}

// mailTries bounds how often an unanswered message is looked up.
const mailTries = 8

// addMail makes an update that adds a message to a mailbox. It returns the item if its condition failed. Adding twice would
// double the message, so what was not answered is looked up, by the key that the message carries.
func (s *Store) addMail(ctx context.Context, in *dynamodb.UpdateItemInput, key string) (item, error) {
	for range mailTries {
		again := *in
		again.ExpressionAttributeNames, again.ExpressionAttributeValues = maps.Clone(in.ExpressionAttributeNames), maps.Clone(in.ExpressionAttributeValues)
		_, err := s.update(ctx, &again, once)
		if old, failed := conditionFailed(err); failed {
			return old, err
		}
		if !inDoubt(err) {
			return nil, err
		}
		it, missing := s.get(ctx, &dynamodb.GetItemInput{TableName: in.TableName, Key: in.Key, ConsistentRead: aws.Bool(true)})
		if missing != nil {
			return nil, errors.Join(err, missing)
		}
		if hasMail(it["messages"], key) {
			return nil, nil
		}
	}
	return nil, errors.New("DynamoDB does not answer")
}

func hasMail(messages types.AttributeValue, key string) bool {
	list, ok := messages.(*types.AttributeValueMemberL)
	return ok && slices.ContainsFunc(list.Value, func(v types.AttributeValue) bool { return stringOf(mapOf(v)["key"]) == key })
}

func (s *Store) keep(id signaling.RoomID, box signaling.Mailbox, message types.AttributeValue, size int) *dynamodb.UpdateItemInput {
	in := s.mailUpdate(id, box)
	in.ExpressionAttributeNames["#messages"], in.ExpressionAttributeNames["#bytes"] = "messages", "bytes"
	values := in.ExpressionAttributeValues
	values[":mail"] = &types.AttributeValueMemberL{Value: []types.AttributeValue{message}}
	values[":none"], values[":bytes"] = &types.AttributeValueMemberL{}, num(int64(size))
	values[":count"], values[":left"] = num(signaling.MaxMail), num(int64(signaling.MaxMailBytes-size))
	return in
}

// CloseMail implements signaling.Store with one conditional UpdateItem, and a second one where another peer of that name left
// a mailbox behind.
func (s *Store) CloseMail(ctx context.Context, id signaling.RoomID, box signaling.Mailbox, _ time.Time) ([]signaling.Mail, error) {
	var err error
	for range addTries {
		in := s.mailUpdate(id, box)
		in.UpdateExpression = aws.String(mailSet + ", #closed = :closed")
		in.ConditionExpression = aws.String("attribute_not_exists(#generation) OR #generation <= :generation AND #seat = :seat" +
			" OR #generation = :generation AND attribute_not_exists(#seat)")
		in.ExpressionAttributeValues[":closed"] = &types.AttributeValueMemberBOOL{Value: true}
		in.ReturnValues = types.ReturnValueAllOld
		var out *dynamodb.Output
		out, err = s.update(ctx, in)
		old, failed := conditionFailed(err)
		switch {
		case err == nil:
			return decodeMail(out.Attributes["messages"]), nil
		case !failed:
			return nil, wrap("close the mailbox", err)
		case intOf(old["generation"]) > box.Loss:
			return nil, signaling.ErrNoPeer
		}
		in = s.mailUpdate(id, box)
		in.UpdateExpression = aws.String(mailSet + ", #closed = :closed REMOVE #messages, #bytes")
		in.ConditionExpression = aws.String("#generation = :old")
		in.ExpressionAttributeNames["#messages"], in.ExpressionAttributeNames["#bytes"] = "messages", "bytes"
		in.ExpressionAttributeValues[":closed"] = &types.AttributeValueMemberBOOL{Value: true}
		in.ExpressionAttributeValues[":old"] = old["generation"]
		_, err = s.update(ctx, in)
		if _, lost := conditionFailed(err); !lost {
			return nil, wrap("close the mailbox", err)
		}
	}
	return nil, wrap("close the mailbox", err)
}

// ClearMail implements signaling.Store with one conditional UpdateItem.
func (s *Store) ClearMail(ctx context.Context, id signaling.RoomID, box signaling.Mailbox, first []signaling.Mail, _ time.Time) error {
	size := 0
	places := make([]string, len(first))
	for i, m := range first {
		size += m.Size()
		places[len(first)-1-i] = fmt.Sprintf("#messages[%d]", i) // last first: some engines count anew after each
	}
	_, err := s.update(ctx, &dynamodb.UpdateItemInput{
		TableName:        &s.rooms,
		Key:              mailKey(id, box),
		UpdateExpression: aws.String("SET #v = :v, #bytes = #bytes - :size REMOVE " + strings.Join(places, ", ")),
		ConditionExpression: aws.String("#messages[0].#from = :from AND #messages[0].#data = :data AND (#seat = :seat OR attribute_not_exists(#seat))" +
			" AND (#generation = :generation OR attribute_not_exists(#closed))"),
		ExpressionAttributeNames: names("#generation", "generation", "#messages", "messages", "#bytes", "bytes", "#closed", "closed", "#seat", "seat",
			"#from", "from", "#data", "data"),
		ExpressionAttributeValues: item{
			":from": str(string(first[0].From)), ":data": str(string(first[0].Data)), ":generation": num(box.Loss), ":seat": num(box.Seat.UnixMilli()), ":size": num(int64(size)),
		},
	})
	if _, failed := conditionFailed(err); failed {
		return nil
	}
	return wrap("clear the mailbox", err)
}

// SetBusy implements signaling.Store with one conditional UpdateItem.
func (s *Store) SetBusy(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, was, until, _ time.Time) error {
	in := &dynamodb.UpdateItemInput{
		TableName:           &s.rooms,
		Key:                 roomKey(id),
		UpdateExpression:    aws.String("SET #v = :v REMOVE #peers.#name.#busy"),
		ConditionExpression: aws.String("#peers.#name.#connection = :conn AND #peers.#name.#busy = :was"),
		ExpressionAttributeNames: names(
			"#peers", "peers", "#name", string(name), "#busy", "busy", "#connection", "connection"),
		ExpressionAttributeValues: item{":conn": str(string(conn)), ":was": num(was.UnixMilli())},
	}
	key := byKey(in)
	if !until.IsZero() {
		in.UpdateExpression = aws.String("SET #by = :by, #v = :v, #peers.#name.#busy = :until")
		in.ExpressionAttributeValues[":until"] = num(until.UnixMilli())
	}
	_, err := s.update(ctx, in)
	if old, failed := conditionFailed(err); failed && stringOf(old["by"]) != key {
		return signaling.ErrNoPeer
	} else if failed {
		return nil
	}
	return wrap("note who has its mail", err)
}

func encodeMail(m signaling.Mail) types.AttributeValue {
	one := item{"from": str(string(m.From)), "data": str(string(m.Data))}
	if m.N != nil {
		one["n"] = str(string(m.N))
	}
	return &types.AttributeValueMemberM{Value: one}
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
