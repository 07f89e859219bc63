package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/localdev/emulator"
	"github.com/parley-rtc/parley/localdev/internal/dynamo"
)

func startStream(t *testing.T, options ...func(*emulator.Options)) *world {
	return start(t, append(options, func(o *emulator.Options) { o.Template = "testdata/stream.yaml" })...)
}

// write puts an item into Source: key, then name and string pairs; a name with # is a number.
func (w *world) write(key string, pairs ...string) {
	w.t.Helper()
	in := map[string]types.AttributeValue{"key": &types.AttributeValueMemberS{Value: key}}
	for i := 0; i < len(pairs); i += 2 {
		if name, ok := strings.CutPrefix(pairs[i], "#"); ok {
			in[name] = &types.AttributeValueMemberN{Value: pairs[i+1]}
		} else {
			in[pairs[i]] = &types.AttributeValueMemberS{Value: pairs[i+1]}
		}
	}
	if _, err := w.dynamodb().PutItem(w.t.Context(), &dynamodb.PutItemInput{TableName: aws.String("Source"), Item: in}); err != nil {
		w.t.Fatal(err)
	}
}

// notes are the batches that the listener got, in order.
func (w *world) notes() []string {
	w.t.Helper()
	_, body := w.http("GET", "/_localdev/tables/Notes", "")
	batches := map[string]string{}
	var order []string
	for _, item := range decode[[]map[string]map[string]string](w.t, body) {
		batches[item["request"]["S"]] = item["event"]["S"]
		order = append(order, item["request"]["S"])
	}
	slices.Sort(order)
	for i, n := range order {
		order[i] = batches[n]
	}
	return order
}

// keys are those of all records that the listener got, with the event's name.
func (w *world) keys() string {
	w.t.Helper()
	var all []string
	for _, batch := range w.notes() {
		for _, r := range decode[events.DynamoDBEvent](w.t, batch).Records {
			all = append(all, r.EventName+" "+r.Change.Keys["key"].String())
		}
	}
	return strings.Join(all, ", ")
}

func TestStreamFeedsFunction(t *testing.T) {
	w := startStream(t)
	w.write("a", "v", "1")
	w.write("ignored")
	w.write("a", "v", "2")
	w.eventually("both changes", func() bool { return w.keys() == "INSERT a, MODIFY a" })
	batches := w.notes()
	var got struct{ Records []map[string]any }
	if err := json.Unmarshal([]byte(batches[len(batches)-1]), &got); err != nil {
		t.Fatal(err)
	}
	last := got.Records[len(got.Records)-1]
	change := last["dynamodb"].(map[string]any)
	if last["eventSource"] != "aws:dynamodb" || last["eventVersion"] != "1.1" || last["awsRegion"] != "us-east-1" ||
		last["eventSourceARN"] != "arn:aws:dynamodb:us-east-1:123456789012:table/Source/stream/2026-01-01T00:00:00.000" ||
		len(last["eventID"].(string)) != 32 || last["userIdentity"] != nil {
		t.Errorf("got %v", last)
	}
	if fmt.Sprint(change["OldImage"]) != "map[key:map[S:a] v:map[S:1]]" || fmt.Sprint(change["NewImage"]) != "map[key:map[S:a] v:map[S:2]]" ||
		change["StreamViewType"] != "NEW_AND_OLD_IMAGES" || len(change["SequenceNumber"].(string)) != 21 ||
		change["ApproximateCreationDateTime"].(float64) < float64(time.Now().Add(-time.Hour).Unix()) || change["SizeBytes"].(float64) <= 0 {
		t.Errorf("got %v", change)
	}
}

func TestStreamTriesAgain(t *testing.T) {
	t.Run("a batch that failed", func(t *testing.T) {
		w := startStream(t)
		w.write("a", "Do", "fail")
		w.eventually("the second try", func() bool { return w.keys() == "INSERT a, INSERT a" })
		w.write("b")
		w.eventually("what came later", func() bool { return w.keys() == "INSERT a, INSERT a, INSERT b" })
	})
	t.Run("from the record that was reported", func(t *testing.T) {
		w := startStream(t)
		_, err := w.dynamodb().TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
			put("a"), put("b", "Do", "report"), put("c"),
		}})
		if err != nil {
			t.Fatal(err)
		}
		w.eventually("the second try", func() bool { return w.keys() == "INSERT a, INSERT b, INSERT c, INSERT b, INSERT c" })
	})
}

func put(key string, pairs ...string) types.TransactWriteItem {
	in := map[string]types.AttributeValue{"key": &types.AttributeValueMemberS{Value: key}}
	for i := 0; i < len(pairs); i += 2 {
		in[pairs[i]] = &types.AttributeValueMemberS{Value: pairs[i+1]}
	}
	return types.TransactWriteItem{Put: &types.Put{TableName: aws.String("Source"), Item: in}}
}

func TestTimeToLive(t *testing.T) {
	in := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }
	left := func(w *world) string {
		var keys []string
		_, body := w.http("GET", "/_localdev/tables/Source", "")
		for _, item := range decode[[]map[string]map[string]any](w.t, body) {
			keys = append(keys, item["key"]["S"].(string))
		}
		slices.Sort(keys)
		return strings.Join(keys, " ")
	}
	t.Run("by the emulated clock", func(t *testing.T) {
		w := startStream(t)
		w.write("hour", "#expires", in(time.Hour))
		w.write("day", "#expires", in(24*time.Hour))
		w.write("never")
		w.write("string", "expires", in(time.Hour))
		w.write("mistake", "#expires", "1000000") // over five years ago
		w.http("DELETE", "/_localdev/bill", "")
		w.advance("59m")
		if got := left(w); got != "day hour mistake never string" {
			t.Errorf("after 59 minutes: %s", got)
		}
		w.advance("2m")
		if got := left(w); got != "day mistake never string" {
			t.Errorf("after 61 minutes: %s", got)
		}
		w.eventually("the stream's record", func() bool { return strings.HasSuffix(w.keys(), "REMOVE hour") })
		batches := w.notes()
		if last := batches[len(batches)-1]; !strings.Contains(last, `"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}`) {
			t.Errorf("got %s, want the service's identity", last)
		}
		if b := w.bill(); b["rru"] != 0.0 {
			t.Errorf("the sweep is on the bill: %v", b)
		}
	})
	t.Run("not what is changed meanwhile", func(t *testing.T) {
		w := startStream(t)
		w.write("a", "#expires", in(time.Hour))
		w.write("b", "#expires", in(time.Hour))
		c := &dynamo.Client{URL: "http://" + w.Addr, Region: "us-east-1", HTTP: http.DefaultClient}
		n, err := c.Expire(t.Context(), "Source", "expires", time.Now().Add(2*time.Hour), func(key json.RawMessage) {
			if strings.Contains(string(key), `"a"`) {
				w.write("a", "#expires", in(9*time.Hour))
			}
		})
		if got := left(w); n != 1 || err != nil || got != "a" {
			t.Errorf("deleted %d, left %s, %v", n, got, err)
		}
	})
	t.Run("late", func(t *testing.T) {
		w := startStream(t, func(o *emulator.Options) { o.TTLDelay = 48 * time.Hour })
		w.write("hour", "#expires", in(time.Hour))
		w.advance("47h")
		if got := left(w); got != "hour" {
			t.Errorf("after 47 hours: %s", got)
		}
		w.advance("3h")
		if got := left(w); got != "" {
			t.Errorf("after 50 hours: %s", got)
		}
	})
}
