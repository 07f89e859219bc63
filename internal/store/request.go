package store

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/transport/http"

	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/metrics"
)

// Every request goes through one of these four: they count the units it used, write the version, and refuse items of a
// newer one.

func (s *Store) get(ctx context.Context, in *dynamodb.GetItemInput, opt ...func(*dynamodb.Options)) (item, error) {
	out, err := s.db().GetItem(ctx, in, opt...)
	if err != nil {
		return nil, err
	}
	metrics.From(ctx).Used(0, out.CapacityUnits*answers(out.ResultMetadata))
	return out.Attributes, nil
}

func (s *Store) put(ctx context.Context, in *dynamodb.PutItemInput, opt ...func(*dynamodb.Options)) error {
	in.Item["v"] = num(version)
	if in.ConditionExpression != nil {
		in.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
	}
	w := &witness{}
	out, err := s.db().PutItem(ctx, in, append(opt, w.watch)...)
	if err != nil {
		return w.doubt(refused(ctx, err, in.Item, w.broken))
	}
	metrics.From(ctx).Used(out.CapacityUnits*answers(out.ResultMetadata), 0)
	return nil
}

// update needs an expression that sets #v = :v. If the SDK had to repeat the request, a condition that fails then may be the
// work of the first try: see inDoubt.
func (s *Store) update(ctx context.Context, in *dynamodb.UpdateItemInput, options ...func(*witness)) (*dynamodb.Output, error) {
	onlyReadable(in)
	in.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
	w := &witness{}
	for _, set := range options {
		set(w)
	}
	out, err := s.db().UpdateItem(ctx, in, w.watch)
	if err != nil {
		return nil, w.doubt(refused(ctx, err, nil, w.broken))
	}
	metrics.From(ctx).Used(out.CapacityUnits*answers(out.ResultMetadata), 0)
	return out, nil
}

// remove deletes an item of a known layout and returns it.
func (s *Store) remove(ctx context.Context, table *string, key item) (item, error) {
	out, err := s.db().DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName:                           table,
		Key:                                 key,
		ConditionExpression:                 aws.String(readable),
		ExpressionAttributeNames:            names("#v", "v"),
		ExpressionAttributeValues:           item{":v": num(version)},
		ReturnValues:                        types.ReturnValueAllOld,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err != nil {
		return nil, refused(ctx, err, nil, 0)
	}
	metrics.From(ctx).Used(out.CapacityUnits*answers(out.ResultMetadata), 0)
	return out.Attributes, nil
}

// refused counts what a failed condition is charged for, and so many earlier attempts as much, which had their effect; and
// tells the one that the version is too new from the others. put is the item that was to be put, if that was it.
func refused(ctx context.Context, err error, put item, earlier int) error {
	old, failed := conditionFailed(err)
	if !failed {
		return err
	}
	metrics.From(ctx).Used(refusedUnits(old, put)*float64(1+earlier), 0)
	if newer := checkVersion(old); newer != nil {
		return newer
	}
	return err
}

// answers is how many answers of success a request had: one, and those that broke off on their way,
// for which the SDK made it again. Each was charged.
func answers(meta middleware.Metadata) float64 {
	attempts, _ := retry.GetAttemptResults(meta)
	n := 1.0
	for _, a := range attempts.Results {
		if brokeOff(a.Err) {
			n++
		}
	}
	return n
}

// brokeOff reports whether an attempt failed though it was answered with success. Without an answer the status is 0.
func brokeOff(err error) bool {
	e, ok := errors.AsType[*http.ResponseError](err)
	return ok && e.HTTPStatusCode()/100 == 2
}
