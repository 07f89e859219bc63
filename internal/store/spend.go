package store

import (
	"context"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

var _ signaling.Ledger = (*Store)(nil)

// Spend implements signaling.Ledger with one UpdateItem. The item stands beside the address key, where no room can be,
// and stays for a month after its own, for who wants to look it up.
func (s *Store) Spend(ctx context.Context, now time.Time, usd float64) (total float64, err error) {
	now = now.UTC()
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	out, err := s.update(ctx, &dynamodb.UpdateItemInput{
		TableName:                &s.rooms,
		Key:                      item{"room": str("*"), "item": str("spend#" + month.Format("2006-01"))},
		UpdateExpression:         aws.String("SET #expires = :expires, #v = :v ADD #usd :usd"),
		ExpressionAttributeNames: names("#expires", "expires", "#usd", "usd"),
		ExpressionAttributeValues: item{
			":expires": num(month.AddDate(0, 2, 0).Unix()),
			":usd":     &types.AttributeValueMemberN{Value: strconv.FormatFloat(usd, 'f', 12, 64)},
		},
		ReturnValues: types.ReturnValueUpdatedNew,
	})
	if err != nil {
		return 0, wrap("add to the month's spending", err)
	}
	n, ok := out.Attributes["usd"].(*types.AttributeValueMemberN)
	if !ok {
		return 0, nil
	}
	total, err = strconv.ParseFloat(n.Value, 64)
	return total, wrap("read the month's spending", err)
}
