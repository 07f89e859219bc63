package dynamodb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/jsonscan"
)

// tape keeps what is sent, and plays an answer.
type tape struct{ sent, answer []byte }

func (a *tape) Do(r *http.Request) (*http.Response, error) {
	var err error
	if a.sent, err = io.ReadAll(r.Body); err != nil || a.answer == nil {
		return nil, &smithy.CanceledError{Err: err}
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(a.answer)),
	}, nil
}

// value makes one of bytes, whose maps have at most one key, as the order of more is any.
func value(data *[]byte, depth int) types.AttributeValue {
	next := func() int {
		if len(*data) == 0 {
			return 0
		}
		b := (*data)[0]
		*data = (*data)[1:]
		return int(b)
	}
	text := func() string {
		n := min(next(), len(*data))
		s := string((*data)[:n])
		*data = (*data)[n:]
		return s
	}
	kind := next() % 10
	if depth > 6 {
		kind %= 6
	}
	texts := make([]string, next()%3)
	for i := range texts {
		texts[i] = text()
	}
	switch kind {
	case 0:
		return &types.AttributeValueMemberS{Value: text()}
	case 1:
		return &types.AttributeValueMemberN{Value: text()}
	case 2:
		if b := []byte(text()); len(b) > 0 {
			return &types.AttributeValueMemberB{Value: b}
		}
		return &types.AttributeValueMemberB{}
	case 3:
		return &types.AttributeValueMemberBOOL{Value: next()%2 == 0}
	case 4:
		return &types.AttributeValueMemberNULL{Value: next()%2 == 0}
	case 5:
		return &types.AttributeValueMemberSS{Value: texts}
	case 6:
		return &types.AttributeValueMemberNS{Value: texts}
	case 7:
		set := make([][]byte, len(texts))
		for i, s := range texts {
			set[i] = []byte(s)
		}
		return &types.AttributeValueMemberBS{Value: set}
	case 8:
		list := make([]types.AttributeValue, len(texts))
		for i := range list {
			list[i] = value(data, depth+1)
		}
		return &types.AttributeValueMemberL{Value: list}
	default:
		m := map[string]types.AttributeValue{}
		if len(texts) > 0 {
			m[texts[0]] = value(data, depth+1)
		}
		return &types.AttributeValueMemberM{Value: m}
	}
}

// FuzzEncode wants the bytes that the SDK sends, and what it reads of them.
func FuzzEncode(f *testing.F) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		data := make([]byte, 1+random.IntN(200))
		for i := range data {
			data[i] = byte(random.Uint32() >> (random.IntN(2) * 28)) // half of them small
		}
		f.Add(data)
	}
	f.Add([]byte("\x00\x00\x40<&>\"\\/\b\f\n\r\t\x00\x1f\x7f\u2028\u2029é\U0001f600\xff\xed\xa0\x80\ufffd"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rest := data
		v := value(&rest, 0)
		name := string(rest)
		item := map[string]types.AttributeValue{name: v}
		names := map[string]string{name: name}
		ctx := context.Background()
		var got, want tape
		us, them := ours(&got), theirs(&want)
		same := func(operation string) {
			t.Helper()
			if !bytes.Equal(got.sent, want.sent) || len(got.sent) == 0 {
				t.Errorf("%s:\ngot  %q\nwant %q", operation, got.sent, want.sent)
			}
		}
		text, all := aws.String(name), types.ReturnConsumedCapacityTotal
		old := types.ReturnValuesOnConditionCheckFailureAllOld
		_, _ = us.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: text, Item: item, ConditionExpression: text, ExpressionAttributeNames: names,
			ExpressionAttributeValues: item, ReturnValuesOnConditionCheckFailure: old,
		})
		_, _ = them.PutItem(ctx, &sdk.PutItemInput{
			TableName: text, Item: item, ConditionExpression: text, ExpressionAttributeNames: names,
			ExpressionAttributeValues: item, ReturnValuesOnConditionCheckFailure: old, ReturnConsumedCapacity: all,
		})
		same("PutItem")
		_, _ = us.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: text, Key: item, UpdateExpression: text, ExpressionAttributeValues: item,
			ReturnValues: types.ReturnValueUpdatedNew,
		})
		_, _ = them.UpdateItem(ctx, &sdk.UpdateItemInput{
			TableName: text, Key: item, UpdateExpression: text, ExpressionAttributeValues: item,
			ReturnValues: types.ReturnValueUpdatedNew, ReturnConsumedCapacity: all,
		})
		same("UpdateItem")
		_, _ = us.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName: text, Key: item, ConditionExpression: text, ExpressionAttributeNames: names,
			ExpressionAttributeValues: item, ReturnValues: types.ReturnValueAllOld, ReturnValuesOnConditionCheckFailure: old,
		})
		_, _ = them.DeleteItem(ctx, &sdk.DeleteItemInput{
			TableName: text, Key: item, ConditionExpression: text, ExpressionAttributeNames: names,
			ExpressionAttributeValues: item, ReturnValues: types.ReturnValueAllOld, ReturnValuesOnConditionCheckFailure: old,
			ReturnConsumedCapacity: all,
		})
		same("DeleteItem")
		for _, consistent := range []*bool{nil, aws.Bool(false), aws.Bool(true)} {
			_, _ = us.GetItem(ctx, &dynamodb.GetItemInput{TableName: text, Key: item, ConsistentRead: consistent})
			_, _ = them.GetItem(ctx, &sdk.GetItemInput{
				TableName: text, Key: item, ConsistentRead: consistent, ReturnConsumedCapacity: all,
			})
			same("GetItem")
		}
		var sent struct{ Key json.RawMessage }
		if err := json.Unmarshal(got.sent, &sent); err != nil {
			t.Fatal(err)
		}
		decodeBoth(t, sent.Key)
	})
}

// decodeBoth has both clients read an item. An error of one is to be one of the other.
func decodeBoth(t *testing.T, item []byte) {
	t.Helper()
	answer := append(append([]byte(`{"Item":`), item...), '}')
	table := aws.String("t")
	got, err := ours(&tape{answer: answer}).GetItem(context.Background(), &dynamodb.GetItemInput{TableName: table})
	want, wantErr := theirs(&tape{answer: answer}).GetItem(
		context.Background(), &sdk.GetItemInput{TableName: table, Key: map[string]types.AttributeValue{}})
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%q: got error %v, want %v", item, err, wantErr)
	}
	if err == nil && !reflect.DeepEqual(got.Attributes, want.Item) {
		t.Fatalf("%q: got %#v, want %#v", item, got.Attributes, want.Item)
	}
}

// FuzzDecode reads items as whoever answers may write them.
func FuzzDecode(f *testing.F) {
	for _, item := range []string{
		`null`, `{}`, `[]`, `1`, ``, `{`, `{"a":null}`, `{"a":{}}`, `{"a":{"S":null}}`, `{"a":{"S":1}}`, `{"a":1}`, `{"a":{"X":[1]}}`,
		`{"a":{"S":"\ud83d\ude00\ud800\n\/"},"\u0062":{"\u0053":"x"}}`, `{"a":{"N":"1e9"}}`, `{"a":{"N":7}}`,
		`{"a":{"B":"AQID"}}`, `{"a":{"B":""}}`, `{"a":{"B":"A"}}`, `{"a":{"B":"AQ\nID"}}`, `{"a":{"B":7}}`,
		`{"a":{"BOOL":true}}`, `{"a":{"BOOL":"true"}}`, `{"a":{"NULL":false}}`, `{"a":{"NULL":[]}}`,
		`{"a":{"SS":["x",null,""]}}`, `{"a":{"SS":[]}}`, `{"a":{"SS":[1]}}`, `{"a":{"NS":["1","2"]}}`, `{"a":{"NS":{}}}`,
		`{"a":{"BS":["AQ==",null]}}`, `{"a":{"BS":["?"]}}`, `{"a":{"L":[{"S":"x"},null,{"L":[]}]}}`, `{"a":{"L":[1]}}`,
		`{"a":{"M":{"b":{"M":{}},"c":null}}}`, `{"a":{"M":[]}}`, `{"a":{"S":"x"}} `, `{"a":{"S":"x"}}}`, `{"a":{"S":"x",}}`,
	} {
		f.Add(item)
	}
	f.Fuzz(func(t *testing.T, item string) {
		if answer := []byte(`{"Item":` + item + `}`); !json.Valid(answer) {
			// The SDK reads no further than to the end of the first value.
			if _, err := ours(&tape{answer: answer}).GetItem(context.Background(), &dynamodb.GetItemInput{}); err == nil {
				t.Fatalf("%q is no JSON", item)
			}
			return
		}
		if s := jsonscan.New([]byte(item)); plainItem(&s) {
			decodeBoth(t, []byte(item))
		}
	})
}

// plainItem tells whether each value has one type: the SDK takes any of several.
func plainItem(s *jsonscan.Scanner) bool {
	if s.Peek() != '{' {
		s.Skip()
		return true
	}
	plain := true
	for s.Enter('{'); s.Next('}'); {
		s.Key()
		plain = plainValue(s) && plain
	}
	return plain
}

func plainValue(s *jsonscan.Scanner) bool {
	if s.Peek() != '{' {
		s.Skip()
		return true
	}
	plain, types := true, 0
	for s.Enter('{'); s.Next('}'); types++ {
		kind := jsonscan.Unquote(s.Key())
		switch {
		case kind == "M":
			plain = plainItem(s) && plain
		case kind == "L" && s.Peek() == '[':
			for s.Enter('['); s.Next(']'); {
				plain = plainValue(s) && plain
			}
		default:
			s.Skip()
		}
	}
	return plain && types <= 1
}
