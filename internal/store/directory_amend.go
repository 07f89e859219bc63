package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

// amendTries bounds the rounds of an amendment. Each further one means that somebody else has changed
// the name, and all connections under it may do so at once.
const amendTries = 32

// amend lists an entry as terms.Amend says: one reading of 0.5 RRU and one UpdateItem, which counts for
// the revision that was read alone. The item that fails it is what the next round goes by. Where nothing
// is to be written, that is decided by a reading that is consistent, for 1 RRU more.
func (s *Store) amend(
	ctx context.Context, name directory.Name, e directory.Entry, t directory.Terms, gone []signaling.ConnID, now time.Time,
) (directory.Listed, error) {
	a := &amending{e: e, terms: t, gone: gone, now: now, key: newKey()}
	read := func(consistent bool) (item, error) {
		it, err := s.get(ctx, &dynamodb.GetItemInput{
			TableName: &s.rooms, Key: nameKey(name), ConsistentRead: &consistent,
		})
		if err == nil {
			err = checkVersion(it)
		}
		return it, err
	}
	it, err := read(false)
	for fresh, round := false, 0; err == nil && round < amendTries; round++ {
		if a.wrote(it) {
			return a.listed, nil
		}
		entries, refusal := a.decide(it)
		if entries == nil {
			if fresh {
				return a.listed, refusal
			}
			fresh = true
			it, err = read(true)
			continue
		}
		in := a.update(intOf(it["rev"]), entries)
		in.TableName, in.Key = &s.rooms, nameKey(name)
		if _, err = s.update(ctx, in); err == nil {
			return a.listed, nil
		}
		if old, failed := conditionFailed(err); failed {
			it, err, fresh = old, nil, true
		}
	}
	if err == nil {
		err = errors.New("others have changed it each time")
	}
	return directory.Listed{}, wrap("list a connection under a name", err)
}

// An amending is one entry on its way under a name. Whose write it is does not only the item say, as
// byKey has it, but the entry as well, which others leave as it is.
type amending struct {
	e      directory.Entry
	terms  directory.Terms
	gone   []signaling.ConnID
	now    time.Time
	key    string
	listed directory.Listed // by what was decided last
}

// wrote reports whether an attempt that was not answered had its effect. That it removed the entry, it
// cannot tell once others have written: then there is nothing left to do.
func (a *amending) wrote(it item) bool {
	entry := mapOf(mapOf(it["entries"])[string(a.e.Conn)])
	return stringOf(it["by"]) == a.key || stringOf(entry["by"]) == a.key
}

// decide returns the entries as they are to be, or nil if they are to stay.
func (a *amending) decide(it item) (entries item, refusal error) {
	was := mapOf(it["entries"])
	list := slices.DeleteFunc(living(it, a.now), func(e directory.Entry) bool { return slices.Contains(a.gone, e.Conn) })
	a.listed, refusal = a.terms.Apply(list, a.e, a.now)
	if refusal != nil {
		return nil, refusal
	}
	a.listed.Rev = intOf(it["rev"])
	_, own := was[string(a.e.Conn)]
	entries = item{}
	for _, e := range a.listed.After {
		entries[string(e.Conn)] = was[string(e.Conn)]
		if e.Conn == a.e.Conn {
			own = true
			entry := encodeEntry(e)
			mapOf(entry)["by"] = str(a.key)
			entries[string(e.Conn)] = entry
		}
	}
	if !own && a.listed.Before == nil {
		return nil, nil
	}
	a.listed.Rev++
	return entries, nil
}

// update writes them over those of that revision.
func (a *amending) update(rev int64, entries item) *dynamodb.UpdateItemInput {
	in := &dynamodb.UpdateItemInput{
		UpdateExpression: aws.String(
			"SET #v = :v, #by = :by, #expires = :expires, #entries = :entries, #rev = :next"),
		ConditionExpression:      aws.String("#rev = :rev"),
		ExpressionAttributeNames: names("#by", "by", "#expires", "expires", "#entries", "entries", "#rev", "rev"),
		ExpressionAttributeValues: item{
			":entries": &types.AttributeValueMemberM{Value: entries},
			":by":      str(a.key), ":expires": expires(a.now), ":next": num(rev + 1),
		},
	}
	if rev == 0 {
		in.ConditionExpression = aws.String("attribute_not_exists(#rev)")
	} else {
		in.ExpressionAttributeValues[":rev"] = num(rev)
	}
	return in
}
