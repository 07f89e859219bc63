package store

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/dialect/sip"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

var _ sip.Transactions = (*Store)(nil)

// transactionKey is that of a forked request; no room can have that name, and no directory that item.
func transactionKey(key string) item {
	return item{"room": str(directory.Name{Space: sip.Name, Name: key}.Key()), "item": str("transaction")}
}

// NoteBranch implements sip.Transactions with one UpdateItem, and a second one where the item is of a
// request that is over. Whatever a branch does has an attribute of its own, and what is there stays: so
// a note that is repeated changes nothing, whoever comes between.
func (s *Store) NoteBranch(
	ctx context.Context, key string, n sip.Note, until, now time.Time,
) (sip.Transaction, error) {
	facts := factsOf(n)
	facts["until"], facts["expires"] = num(until.UnixMilli()), num(until.Unix())
	var err error
	for range addTries {
		var it item
		if it, err = s.noteFacts(ctx, key, facts, now); err == nil {
			return decodeTransaction(it), nil
		}
		if _, over := conditionFailed(err); !over {
			break
		}
		if it, err = s.beginAnew(ctx, key, facts, now); err == nil {
			return decodeTransaction(it), nil
		}
		if _, begun := conditionFailed(err); !begun {
			break
		}
	}
	return sip.Transaction{}, wrap("note what a branch of a forked request did", err)
}

// noteFacts adds those that are new.
func (s *Store) noteFacts(ctx context.Context, key string, facts item, now time.Time) (item, error) {
	in := &dynamodb.UpdateItemInput{
		TableName: &s.rooms, Key: transactionKey(key),
		ConditionExpression:       aws.String("attribute_not_exists(#until) OR #until > :now"),
		ExpressionAttributeNames:  map[string]string{},
		ExpressionAttributeValues: item{":now": num(now.UnixMilli())},
		ReturnValues:              types.ReturnValueAllNew,
	}
	sets := []string{"#v = :v"}
	for name, fact := range facts {
		sets = append(sets, fmt.Sprintf("#%[1]s = if_not_exists(#%[1]s, :%[1]s)", name))
		in.ExpressionAttributeNames["#"+name] = name
		in.ExpressionAttributeValues[":"+name] = fact
	}
	in.UpdateExpression = aws.String("SET " + strings.Join(sets, ", "))
	out, err := s.update(ctx, in)
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

// beginAnew puts the first facts in the place of a transaction that is over.
func (s *Store) beginAnew(ctx context.Context, key string, facts item, now time.Time) (item, error) {
	it := transactionKey(key)
	maps.Copy(it, facts)
	return it, s.put(ctx, &dynamodb.PutItemInput{
		TableName: &s.rooms, Item: it,
		ConditionExpression:       aws.String("#until <= :now"),
		ExpressionAttributeNames:  names("#until", "until"),
		ExpressionAttributeValues: item{":now": num(now.UnixMilli())},
	})
}

// Transaction implements sip.Transactions with one GetItem.
func (s *Store) Transaction(ctx context.Context, key string, now time.Time) (sip.Transaction, error) {
	it, err := s.get(ctx, &dynamodb.GetItemInput{
		TableName: &s.rooms, Key: transactionKey(key), ConsistentRead: aws.Bool(true),
	})
	if err == nil {
		err = checkVersion(it)
	}
	if err != nil {
		return sip.Transaction{}, wrap("read what is known of a forked request", err)
	}
	if intOf(it["until"]) <= now.UnixMilli() {
		it = nil
	}
	return decodeTransaction(it), nil
}

// factsOf are the attributes that a note adds: each branch has two, and the request three.
func factsOf(n sip.Note) item {
	facts := item{}
	if n.Of > 0 {
		facts["of"] = num(int64(n.Of))
	}
	if n.Rang != nil {
		facts[fmt.Sprint("rang", n.Branch)] = &types.AttributeValueMemberM{Value: item{
			"conn": str(string(n.Rang.Conn)), "uri": str(n.Rang.URI),
		}}
	}
	if n.Final != nil {
		facts[fmt.Sprint("final", n.Branch)] = &types.AttributeValueMemberM{Value: item{
			"status": num(int64(n.Final.Status)), "kept": str(n.Final.Kept),
		}}
	}
	if n.Answered {
		facts["winner"] = num(int64(n.Branch))
	}
	if n.Cancelled {
		facts["cancelled"] = &types.AttributeValueMemberBOOL{Value: true}
	}
	return facts
}

func decodeTransaction(it item) sip.Transaction {
	t := sip.Transaction{Of: int(intOf(it["of"])), Rang: map[int]sip.Rang{}, Final: map[int]sip.Final{}, Winner: -1}
	for i := range sip.MaxBranches {
		if rang := mapOf(it[fmt.Sprint("rang", i)]); rang != nil {
			t.Rang[i] = sip.Rang{Conn: signaling.ConnID(stringOf(rang["conn"])), URI: stringOf(rang["uri"])}
		}
		if final := mapOf(it[fmt.Sprint("final", i)]); final != nil {
			t.Final[i] = sip.Final{Status: int(intOf(final["status"])), Kept: stringOf(final["kept"])}
		}
	}
	if winner, ok := it["winner"]; ok {
		t.Winner = int(intOf(winner))
	}
	_, t.Cancelled = it["cancelled"]
	return t
}
