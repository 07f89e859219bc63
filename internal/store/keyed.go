package store

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/dynamodb"
)

// keyed makes an update of an item that keeps the keys of all its writes, in the attribute keys, so
// that each happens once whatever others write meanwhile: more than byKey, which knows the last. Its
// expressions name attributes as they are, as in #frames; the update has to put :keys into keys. It
// returns the item as the write left it, or, where that was not answered, as it is now; and the item
// that failed the condition, with the error.
func (s *Store) keyed(ctx context.Context, keys, key string, in *dynamodb.UpdateItemInput) (item, error) {
	condition := "(" + *in.ConditionExpression + ") AND NOT contains(#" + keys + ", :key)"
	in.TableName, in.ConditionExpression = &s.rooms, &condition
	in.ExpressionAttributeNames = map[string]string{}
	for name := range placeholders(*in.UpdateExpression + " " + condition) {
		in.ExpressionAttributeNames["#"+name] = name
	}
	in.ExpressionAttributeValues[":key"] = str(key)
	in.ExpressionAttributeValues[":keys"] = &types.AttributeValueMemberSS{Value: []string{key}}
	in.ReturnValues = types.ReturnValueAllNew
	out, err := s.update(ctx, in)
	if err == nil {
		return out.Attributes, nil
	}
	old, failed := conditionFailed(err)
	if failed && hasKey(old[keys], key) {
		return old, nil
	}
	return old, err
}

// placeholders are the words in an expression that # is in front of, without it.
func placeholders(expression string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			_, rest, found := strings.Cut(expression, "#")
			if !found {
				return
			}
			end := strings.IndexFunc(rest, func(c rune) bool {
				return c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
			})
			if end < 0 {
				end = len(rest)
			}
			if !yield(rest[:end]) {
				return
			}
			expression = rest[end:]
		}
	}
}

func hasKey(keys types.AttributeValue, key string) bool {
	set, ok := keys.(*types.AttributeValueMemberSS)
	return ok && slices.Contains(set.Value, key)
}
