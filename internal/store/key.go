package store

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/seal"
)

// keyItem is where the key lives; no room can have that name.
func keyItem() item { return item{"room": str("*"), "item": str("address-key")} }

// Key returns the key that seals addresses, making it if this is the first time anybody asks. It is the same for all
// instances of the service, and never expires.
func (s *Store) Key(ctx context.Context) ([]byte, error) {
	// The usual read is the cheap one; only who finds nothing, or lost the race to make it, has to look twice.
	for _, consistent := range []bool{false, true} {
		key, found, err := s.readKey(ctx, consistent)
		if found || err != nil {
			return key, err
		}
		if consistent {
			break
		}
		key = make([]byte, seal.KeySize)
		_, _ = rand.Read(key) // never fails (crypto/rand)
		made := keyItem()
		made["key"] = &types.AttributeValueMemberB{Value: key}
		err = s.put(ctx, &dynamodb.PutItemInput{
			TableName: &s.rooms, Item: made, ConditionExpression: aws.String("attribute_not_exists(room)"),
		}, ofNoEvent)
		if err == nil {
			return key, nil
		}
		if _, made := conditionFailed(err); !made {
			return nil, wrap("make the address key", err)
		}
	}
	return nil, errors.New("the address key is neither there nor can be made")
}

// ofNoEvent has a request not say that it is for the event that happens to run: an instance asks for the key once, on its
// own behalf, while its first event may be there already or not.
func ofNoEvent(o *dynamodb.Options) { o.Untraced = true }

func (s *Store) readKey(ctx context.Context, consistent bool) (key []byte, found bool, err error) {
	it, err := s.get(ctx, &dynamodb.GetItemInput{TableName: &s.rooms, Key: keyItem(), ConsistentRead: &consistent}, ofNoEvent)
	if err == nil {
		err = checkVersion(it)
	}
	if err != nil {
		return nil, false, wrap("read the address key", err)
	}
	b, found := it["key"].(*types.AttributeValueMemberB)
	if !found {
		return nil, false, nil
	}
	return b.Value, true, nil
}
