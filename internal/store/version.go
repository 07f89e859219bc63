package store

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/parley-rtc/parley/internal/dynamodb"
)

// version is the layout of the items that this binary writes, in their attribute v. Old and new functions run side by side
// while a release is deployed, so v grows only when a binary that knows the older layout would do harm to an item;
// attributes that older binaries may ignore do not need it. An item without v is of the first release.
const version = 1

// readable is the condition on which an item is changed: it is of a layout that this binary knows.
const readable = "(attribute_not_exists(#v) OR #v <= :v)"

// onlyReadable restricts an update to items of a known layout. Its expression has to set #v = :v.
func onlyReadable(in *dynamodb.UpdateItemInput) {
	if in.ConditionExpression == nil {
		in.ConditionExpression = aws.String(readable)
	} else {
		in.ConditionExpression = aws.String("(" + *in.ConditionExpression + ") AND " + readable)
	}
	in.ExpressionAttributeNames["#v"] = "v"
	in.ExpressionAttributeValues[":v"] = num(version)
}

// newerError is an item that a newer release wrote and this one does not understand. It is left as it is.
type newerError struct{ version int64 }

func (e *newerError) Error() string {
	return fmt.Sprintf("a newer release wrote this item: its layout is %d and this release knows up to %d; "+
		"deploy the newer release again (the item expires by itself within hours of its last use)", e.version, version)
}

// checkVersion returns a newerError for an item that this binary does not understand.
func checkVersion(it item) error {
	if v := intOf(it["v"]); v > version {
		return &newerError{v}
	}
	return nil
}
