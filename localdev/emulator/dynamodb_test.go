package emulator_test

import (
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func (w *world) dynamodb() *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://" + w.Addr), HTTPClient: http.DefaultClient,
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	})
}

func item(connection string, bytes int) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"connection": &types.AttributeValueMemberS{Value: connection},
		"kind":       &types.AttributeValueMemberS{Value: "x"},
		"fill":       &types.AttributeValueMemberS{Value: strings.Repeat("x", bytes)},
	}
}

// TestAHotItemIsWarnedOf writes an item of 350 KB until three writes have fallen into one second.
func TestAHotItemIsWarnedOf(t *testing.T) {
	prove(t)
	log := &syncBuffer{}
	w := start(t, func(o *emulator.Options) { o.Log = slog.New(slog.NewTextHandler(log, nil)) })
	db := w.dynamodb()
	w.eventually("a warning", func() bool {
		if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("Events"), Item: item("hot", 350<<10)}); err != nil {
			t.Fatal(err)
		}
		return strings.Contains(log.String(), "DynamoDB would throttle this item")
	})
	if said := log.String(); !strings.Contains(said, "table=Events") || !strings.Contains(said, `\"hot\"`) {
		t.Errorf("it does not name the item:\n%s", said)
	}
}

func TestUnitsOnTheBill(t *testing.T) {
	w := start(t)
	db := w.dynamodb()
	table := aws.String("Events")
	key := func(connection string) map[string]types.AttributeValue {
		k := item(connection, 0)
		delete(k, "fill")
		return k
	}
	put := func(in dynamodb.PutItemInput) error {
		in.TableName = table
		_, err := db.PutItem(t.Context(), &in)
		return err
	}
	refused := func(err error) error {
		var failed *types.ConditionalCheckFailedException
		if !errors.As(err, &failed) {
			t.Errorf("got %v, want a failed condition", err)
		} else if failed.Item != nil {
			t.Errorf("got the item %v, which nobody asked for", failed.Item)
		}
		return nil
	}
	absent := aws.String("attribute_not_exists(#c)")
	names := map[string]string{"#c": "connection"}
	for _, tt := range []struct {
		name     string
		do       func() error
		wru, rru float64
	}{
		{"put", func() error { return put(dynamodb.PutItemInput{Item: item("a", 100)}) }, 1, 0},
		{"put of 2.4 KB", func() error { return put(dynamodb.PutItemInput{Item: item("b", 2400)}) }, 3, 0},
		{"put, condition fails on a small item", func() error {
			return refused(put(dynamodb.PutItemInput{Item: item("a", 0), ConditionExpression: absent, ExpressionAttributeNames: names}))
		}, 1, 0},
		{"put, condition fails on an item of 2.4 KB", func() error {
			return refused(put(dynamodb.PutItemInput{Item: item("b", 0), ConditionExpression: absent, ExpressionAttributeNames: names}))
		}, 3, 0},
		{"put of 3.3 KB, condition fails on an item of 2.4 KB", func() error {
			return refused(put(dynamodb.PutItemInput{Item: item("b", 3300), ConditionExpression: absent, ExpressionAttributeNames: names}))
		}, 4, 0},
		{"delete, condition fails on no item", func() error {
			_, err := db.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
				TableName: table, Key: key("none"),
				ConditionExpression: aws.String("attribute_exists(#c)"), ExpressionAttributeNames: names,
			})
			return refused(err)
		}, 1, 0},
		{"put that is invalid", func() error {
			if err := put(dynamodb.PutItemInput{Item: key("c"), ConditionExpression: aws.String("nonsense(")}); err == nil {
				t.Error("got no error")
			}
			return nil
		}, 0, 0},
		{"get", func() error {
			got, err := db.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: table, Key: key("a")})
			if err == nil && (got.ConsumedCapacity != nil || got.Item["connection"] == nil) {
				t.Errorf("got capacity %v, item %v", got.ConsumedCapacity, got.Item)
			}
			return err
		}, 0, 0.5},
		{"consistent get", func() error {
			_, err := db.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: table, Key: key("a"), ConsistentRead: aws.Bool(true)})
			return err
		}, 0, 1},
		{"get that asks for capacity gets it", func() error {
			got, err := db.GetItem(t.Context(), &dynamodb.GetItemInput{
				TableName: table, Key: key("a"),
				ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
			})
			if err == nil && (got.ConsumedCapacity == nil || aws.ToFloat64(got.ConsumedCapacity.CapacityUnits) != 0.5) {
				t.Errorf("got %v", got.ConsumedCapacity)
			}
			return err
		}, 0, 0.5},
		{"transaction of two", func() error {
			_, err := db.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
				{Put: &types.Put{TableName: table, Item: item("d", 1)}}, {Put: &types.Put{TableName: table, Item: item("e", 1)}},
			}})
			return err
		}, 4, 0},
		{"what the console reads costs nothing", func() error { w.http("GET", "/_localdev/tables/Events", ""); return nil }, 0, 0},
	} {
		run(t, tt.name, func(t *testing.T) {
			w.http("DELETE", "/_localdev/bill", "")
			if err := tt.do(); err != nil {
				t.Fatal(err)
			}
			b := w.bill()
			if b["wru"] != tt.wru || b["rru"] != tt.rru {
				t.Errorf("got %v WRU, %v RRU; want %v, %v", b["wru"], b["rru"], tt.wru, tt.rru)
			}
		})
	}
}

func TestTables(t *testing.T) {
	data := t.TempDir()
	keep := func(o *emulator.Options) { o.Data = filepath.Join(data, "db") }
	w := start(t, keep)
	db := w.dynamodb()
	list, err := db.ListTables(t.Context(), &dynamodb.ListTablesInput{})
	if err != nil || !slices.Equal(list.TableNames, []string{"Events"}) {
		t.Fatalf("got %v, %v", list, err)
	}
	ttl, err := db.DescribeTimeToLive(t.Context(), &dynamodb.DescribeTimeToLiveInput{TableName: aws.String("Events")})
	if err != nil || aws.ToString(ttl.TimeToLiveDescription.AttributeName) != "expires" ||
		ttl.TimeToLiveDescription.TimeToLiveStatus != types.TimeToLiveStatusEnabled {
		t.Errorf("time to live: got %+v, %v", ttl, err)
	}
	if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("Events"), Item: item("kept", 1)}); err != nil {
		t.Fatal(err)
	}
	w.Close()

	w = start(t, keep)
	if _, body := w.http("GET", "/_localdev/tables/Events", ""); !strings.Contains(body, `"kept"`) {
		t.Errorf("after a restart: got %s", body)
	}
	if resp, body := w.http("GET", "/_localdev/tables/Nothing", ""); resp.StatusCode != 404 || !strings.Contains(body, "Nothing") {
		t.Errorf("unknown table: got %s %s", resp.Status, body)
	}
	if _, body := start(t).http("GET", "/_localdev/tables/Events", ""); body != "[]\n" {
		t.Errorf("in memory: got %s", body)
	}
}

func TestTableOfManyPages(t *testing.T) {
	w := start(t)
	db := w.dynamodb()
	for i := range 12 { // 300 KB each; a page of a scan ends at 1 MB
		if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: aws.String("Events"),
			Item:      item(strings.Repeat("k", i+1), 300_000),
		}); err != nil {
			t.Fatal(err)
		}
	}
	_, body := w.http("GET", "/_localdev/tables/Events", "")
	if n := len(decode[[]any](t, body)); n != 12 {
		t.Errorf("got %d items, want 12", n)
	}
}

func TestAnotherDynamoDB(t *testing.T) {
	first := start(t)
	second := start(t, func(o *emulator.Options) { o.DynamoDB = "http://" + first.Addr })
	c := second.dial("")
	if _, body := first.http("GET", "/_localdev/tables/Events", ""); !strings.Contains(body, c.id) {
		t.Errorf("got %s, want the item of %s", body, c.id)
	}
}

func TestTwoDoNotShareADataFolder(t *testing.T) {
	data := t.TempDir()
	first := start(t, func(o *emulator.Options) { o.Data = data })
	_, err := emulator.Start(t.Context(), emulator.Options{Template: "testdata/template.yaml", Data: data})
	if err == nil || !strings.Contains(err.Error(), "another localdev uses it") {
		t.Fatalf("got %v", err)
	}
	first.Close()
	start(t, func(o *emulator.Options) { o.Data = data })
}

// lengths notes how long answers are said to be.
type lengths struct{ said []int64 }

func (l *lengths) Do(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultClient.Do(r)
	if err == nil {
		l.said = append(l.said, resp.ContentLength)
	}
	return resp, err
}

// TestAnswersOfDynamoDBSayHowLongTheyAre whatever their length, as AWS's do.
func TestAnswersOfDynamoDBSayHowLongTheyAre(t *testing.T) {
	client := &lengths{}
	db := dynamodb.New(start(t).dynamodb().Options(), func(o *dynamodb.Options) { o.HTTPClient = client })
	table, large := aws.String("Events"), item("large", 20<<10)
	if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: table, Item: large}); err != nil {
		t.Fatal(err)
	}
	absent := &dynamodb.PutItemInput{
		TableName: table, Item: large,
		ConditionExpression:                 aws.String("attribute_not_exists(fill)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if _, err := db.PutItem(t.Context(), absent); err == nil {
		t.Error("a failed condition is no error")
	}
	if _, err := db.Scan(t.Context(), &dynamodb.ScanInput{TableName: table}); err != nil {
		t.Fatal(err)
	}
	if len(client.said) < 3 || slices.Contains(client.said, -1) || slices.Max(client.said) < 20<<10 {
		t.Errorf("got the lengths %v", client.said)
	}
}
