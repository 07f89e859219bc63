package store

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
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
	for _, name := range placeholders.FindAllString(*in.UpdateExpression+" "+condition, -1) {
		in.ExpressionAttributeNames[name] = strings.TrimPrefix(name, "#")
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

var placeholders = regexp.MustCompile(`#\w+`)

func hasKey(keys types.AttributeValue, key string) bool {
	set, ok := keys.(*types.AttributeValueMemberSS)
	return ok && slices.Contains(set.Value, key)
}
