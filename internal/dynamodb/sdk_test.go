package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/parley-rtc/parley/internal/dynamodb"
)

// told is what comes of a call.
type told struct {
	attributes map[string]types.AttributeValue
	units      float64
	text       string
	attempts   []string // how each failed
	exception  smithy.APIError
}

func tell(attributes map[string]types.AttributeValue, units float64, m middleware.Metadata, err error) told {
	t := told{attributes: attributes, units: units, text: fmt.Sprint(err)}
	results, _ := retry.GetAttemptResults(m)
	for _, r := range results.Results {
		t.attempts = append(t.attempts, fmt.Sprint(r.Err))
	}
	t.exception, _ = errors.AsType[smithy.APIError](err)
	return t
}

func refused(status int, kind, more string) say {
	return say{status: status, body: `{"__type":"com.amazonaws.dynamodb.v20120810#` + kind + `","message":"no"` + more + `}`}
}

func dated(s say, by time.Duration) say {
	s.header = map[string]string{"Date": time.Now().Add(by).UTC().Format(http.TimeFormat)}
	return s
}

const done = `{"Attributes":{"a":{"S":"é"}},"ConsumedCapacity":{"TableName":"t","CapacityUnits":1.5}}`

// TestItIsAsTheSDKsClient tells both the same.
func TestItIsAsTheSDKsClient(t *testing.T) {
	ok := say{status: 200, body: done}
	reset := &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
	for name, script := range map[string][]say{
		"done":                    {ok},
		"done, with nothing said": {{status: 200}},
		"done, with spaces":       {{status: 200, body: " \n"}},
		"done, with nulls":        {{status: 200, body: `{"Attributes":null,"ConsumedCapacity":null}`}},
		"an empty item":           {{status: 200, body: `{"Attributes":{}}`}},
		"other members":           {{status: 200, body: `{"x":[1,{"y":null}],"Attributes":{"a":{"N":"1"}}}`}},
		"escaped names":           {{status: 200, body: `{"\u0041ttributes":{"\u0061\n":{"\u0053":"\ud83d\ude00"}}}`}},
		"a condition that fails":  {refused(400, "ConditionalCheckFailedException", `,"Item":{"a":{"N":"7"}}`)},
		"another, with no item":   {refused(400, "ConditionalCheckFailedException", ``)},
		"in capitals":             {{status: 400, body: `{"__type":"x#CONDITIONALCHECKFAILEDEXCEPTION","Message":"No"}`}},
		"throttled, once":         {refused(400, "ProvisionedThroughputExceededException", ``), ok},
		"throttled, always":       {refused(400, "ThrottlingException", ``)},
		"too many requests":       {refused(400, "RequestLimitExceeded", ``), refused(400, "RequestLimitExceeded", ``), ok},
		"a large collection":      {refused(400, "ItemCollectionSizeLimitExceededException", ``)},
		"a transaction":           {refused(400, "TransactionConflictException", ``), ok},
		"a replica":               {refused(400, "ReplicatedWriteConflictException", ``), ok},
		"no such table":           {refused(400, "ResourceNotFoundException", ``)},
		"wrong input":             {refused(400, "ValidationException", ``)},
		"not allowed":             {refused(400, "AccessDeniedException", ``)},
		"an old token":            {refused(400, "ExpiredTokenException", ``)},
		"a failure, twice":        {refused(500, "InternalServerError", ``), refused(500, "InternalServerError", ``), ok},
		"a failure, always":       {refused(500, "InternalServerError", ``)},
		"a failure without words": {{status: 500}, ok},
		"503 of no JSON":          {{status: 503, body: "<html>busy</html>"}, ok},
		"400 of no JSON":          {{status: 400, body: "<html>busy</html>"}},
		"400 of half a JSON":      {{status: 400, body: `{"__type":"Thro`}},
		"400 without words":       {{status: 400}},
		"400 of an array":         {{status: 400, body: `[]`}},
		"nothing but nulls":       {{status: 400, body: `{"__type":null,"message":null,"Item":null}`}},
		"a code":                  {{status: 400, body: `{"code":"ThrottlingException","message":"no"}`}, ok},
		"a code that is a number": {{status: 400, body: `{"code":7,"message":"no"}`}},
		"a kind in the header": {{
			status: 400, header: map[string]string{"X-Amzn-ErrorType": "ConditionalCheckFailedException:http://x/"}, body: `{"__type":"y#Z"}`,
		}},
		"a redirection":          {{status: 302, header: map[string]string{"Location": "/x"}}},
		"no answer, once":        {{err: reset}, ok},
		"no answer, ever":        {{err: io.ErrUnexpectedEOF}},
		"a body that breaks":     {{status: 200, body: `{"Attri`, broken: reset}, ok},
		"one that is cut short":  {{status: 200, body: `{"Attri`, broken: io.ErrUnexpectedEOF}},
		"an error that breaks":   {{status: 400, body: `{"__ty`, broken: reset}, ok},
		"a failure that breaks":  {{status: 500, body: `{"__ty`, broken: io.ErrUnexpectedEOF}, ok},
		"a clock that is wrong":  {dated(refused(400, "InvalidSignatureException", ``), time.Hour), dated(ok, time.Hour)},
		"a clock that is right":  {dated(refused(400, "InvalidSignatureException", ``), 0)},
		"a checksum of nonsense": {{status: 200, header: map[string]string{"X-Amz-Crc32": "-"}, body: done}},
		"the right checksum":     {{status: 200, header: checksum(done), body: done}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, script, func(ctx context.Context, _ context.CancelFunc) context.Context { return ctx })
		})
	}
	for name, script := range map[string][]say{
		"canceled on the way": {{err: context.Canceled}},
		"canceled in between": {refused(500, "InternalServerError", ``), ok},
		"canceled before":     {ok},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := slices.Clone(script)
			compare(t, script, func(ctx context.Context, cancel context.CancelFunc) context.Context {
				if script[0].status == 200 {
					cancel()
				}
				script[0].then = cancel
				return ctx
			})
		})
	}
}

// compare makes two calls of each client.
func compare(t *testing.T, script []say, with func(context.Context, context.CancelFunc) context.Context) {
	attributes := map[string]types.AttributeValue{":a": &types.AttributeValueMemberS{Value: "b"}}
	in := &dynamodb.UpdateItemInput{
		TableName: aws.String("t"), Key: map[string]types.AttributeValue{"k": &types.AttributeValueMemberS{Value: "1"}},
		UpdateExpression: aws.String("SET #a = :a"), ConditionExpression: aws.String("x < y"),
		ExpressionAttributeNames: map[string]string{"#a": "a"}, ExpressionAttributeValues: attributes,
		ReturnValues:                        types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	server := &server{t: t, script: script}
	us, them := ours(server), theirs(server)
	for _, again := range []bool{false, true} {
		call := func(c func(context.Context) told) (told, []asked) {
			server.heard, server.open = nil, 0
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			return c(with(ctx, cancel)), server.heard
		}
		want, wantHeard := call(func(ctx context.Context) told {
			out, err := them.UpdateItem(ctx, &sdk.UpdateItemInput{
				TableName: in.TableName, Key: in.Key, UpdateExpression: in.UpdateExpression, ConditionExpression: in.ConditionExpression,
				ExpressionAttributeNames: in.ExpressionAttributeNames, ExpressionAttributeValues: in.ExpressionAttributeValues,
				ReturnValues: in.ReturnValues, ReturnValuesOnConditionCheckFailure: in.ReturnValuesOnConditionCheckFailure,
				ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
			})
			if err != nil {
				return tell(nil, 0, middleware.Metadata{}, err)
			}
			var units float64
			if out.ConsumedCapacity != nil {
				units = *out.ConsumedCapacity.CapacityUnits
			}
			return tell(out.Attributes, units, out.ResultMetadata, nil)
		})
		got, heard := call(func(ctx context.Context) told {
			out, err := us.UpdateItem(ctx, in)
			if err != nil {
				return tell(nil, 0, middleware.Metadata{}, err)
			}
			return tell(out.Attributes, out.CapacityUnits, out.ResultMetadata, nil)
		})
		if server.open != 0 {
			t.Errorf("%d bodies are open", server.open)
		}
		if !sameText(got.text, want.text) || !slices.EqualFunc(got.attempts, want.attempts, sameText) ||
			!reflect.DeepEqual(got.attributes, want.attributes) || got.units != want.units ||
			!reflect.DeepEqual(got.exception, want.exception) {
			t.Errorf("again: %t\ngot  %+v %#v\nwant %+v %#v", again, got, got.exception, want, want.exception)
		}
		for _, a := range append(heard, wantHeard...) {
			for _, name := range []string{"Authorization", "X-Amz-Date", "Amz-Sdk-Invocation-Id", "User-Agent"} {
				if a.header.Get(name) == "" {
					t.Errorf("no %s", name)
				}
				delete(a.header, name)
			}
		}
		if !reflect.DeepEqual(heard, wantHeard) {
			t.Errorf("again: %t\nthe server heard %v\nand of the SDK %v", again, heard, wantHeard)
		}
	}
}

// sameText has what is wrong with an answer said in other words.
func sameText(got, want string) bool {
	const undecodable = "deserialization failed"
	g, _, unread := strings.Cut(got, undecodable)
	w, _, unreadToo := strings.Cut(want, undecodable)
	return g == w && unread == unreadToo
}

func checksum(body string) map[string]string {
	return map[string]string{"X-Amz-Crc32": strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(body))), 10)}
}
