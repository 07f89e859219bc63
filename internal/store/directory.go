package store

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

var _ directory.Store = (*Store)(nil)

func nameKey(name directory.Name) item {
	return item{"room": str(name.Key()), "item": str("directory")}
}

// Entries implements directory.Store with one GetItem.
func (s *Store) Entries(
	ctx context.Context, name directory.Name, now time.Time, consistent bool,
) ([]directory.Entry, error) {
	it, err := s.get(ctx, &dynamodb.GetItemInput{
		TableName: &s.rooms, Key: nameKey(name), ConsistentRead: &consistent,
	})
	if err == nil && !expired(it, now) {
		err = checkVersion(it)
	}
	if err != nil {
		return nil, wrap("read what is listed under a name", err)
	}
	return living(it, now), nil
}

// RemoveEntry implements directory.Store with one conditional UpdateItem, which happens once.
func (s *Store) RemoveEntry(
	ctx context.Context, name directory.Name, conn signaling.ConnID, last, now time.Time,
) (int64, error) {
	in := &dynamodb.UpdateItemInput{
		TableName: &s.rooms,
		Key:       nameKey(name),
		UpdateExpression: aws.String("SET #expires = :expires, #v = :v ADD #rev :one" +
			" REMOVE #entries.#own, #claim, #until, #was"),
		ConditionExpression: aws.String("#expires > :now AND attribute_exists(#entries.#own)" +
			" AND (attribute_not_exists(#entries.#own.#until) OR #entries.#own.#until > :ms)"),
		ExpressionAttributeNames: names("#expires", "expires", "#rev", "rev", "#entries", "entries", "#own", string(conn),
			"#claim", "claim", "#until", "until", "#was", "was"),
		ExpressionAttributeValues: item{
			":expires": expires(now), ":one": num(1), ":now": num(now.Unix()), ":ms": num(now.UnixMilli()),
		},
	}
	if !last.IsZero() {
		in.ConditionExpression = aws.String(*in.ConditionExpression + " AND #entries.#own.#listed <= :last")
		in.ExpressionAttributeNames["#listed"] = "listed"
		in.ExpressionAttributeValues[":last"] = num(last.UnixMilli())
	}
	in.ReturnValues = types.ReturnValueUpdatedNew
	key := byKey(in)
	out, err := s.update(ctx, in)
	old, failed := conditionFailed(err)
	switch {
	case failed && stringOf(old["by"]) == key:
		return intOf(old["rev"]), nil
	case failed:
		return 0, directory.ErrNotListed
	case err != nil:
		return 0, wrap("remove a connection from a name", err)
	}
	return intOf(out.Attributes["rev"]), nil
}

// living is what an item lists at that time.
func living(it item, now time.Time) []directory.Entry {
	if expired(it, now) {
		return nil
	}
	var list []directory.Entry
	for _, e := range entriesOf(it["entries"]) {
		if !e.Over(now) {
			list = append(list, e)
		}
	}
	return list
}

// entriesOf reads a map of entries by their connections, in the order of listing.
func entriesOf(v types.AttributeValue) []directory.Entry {
	var list []directory.Entry
	for conn, v := range mapOf(v) {
		list = append(list, decodeEntry(signaling.ConnID(conn), mapOf(v)))
	}
	directory.Sort(list)
	return list
}

func decodeEntry(conn signaling.ConnID, it item) directory.Entry {
	e := directory.Entry{
		Conn: conn, Dialect: stringOf(it["dialect"]), Tag: stringOf(it["tag"]), Claim: stringOf(it["claim"]),
		Listed: time.UnixMilli(intOf(it["listed"])).UTC(),
	}
	if until, ok := it["until"]; ok {
		e.Until = time.UnixMilli(intOf(until)).UTC()
	}
	return e
}

func encodeEntry(e directory.Entry) types.AttributeValue {
	it := item{"dialect": str(e.Dialect), "listed": num(e.Listed.UnixMilli())}
	if e.Tag != "" {
		it["tag"] = str(e.Tag)
	}
	if e.Claim != "" {
		it["claim"] = str(e.Claim)
	}
	if !e.Until.IsZero() {
		it["until"] = num(e.Until.UnixMilli())
	}
	return &types.AttributeValueMemberM{Value: it}
}
