package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	functions "github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
	"github.com/parley-rtc/parley/internal/store"
	"github.com/parley-rtc/parley/internal/transport"
	"github.com/parley-rtc/parley/localdev/emulator"
)

const (
	connections = "localdev-ConnectionsTable"
	rooms       = "localdev-RoomsTable"
)

// steady is the HTTP client of the functions: an answer that broke off would be charged twice.
var steady = transport.Client{HTTP: http.DefaultClient}

// engine returns a client of a real engine with the tables of template.yaml.
func engine(t *testing.T) *dynamodb.Client {
	t.Helper()
	_, options := running(t)
	return dynamodb.New(options)
}

// running starts an engine, and returns the address of its localdev and how to reach it.
func running(t *testing.T) (address string, o dynamodb.Options) {
	t.Helper()
	e, err := emulator.Start(context.Background(), emulator.Options{Template: "../../template.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	address = "http://" + e.Addr
	return address, dynamodb.Options{
		BaseEndpoint: &address,
		HTTPClient:   steady,
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
}

// open returns a store on an engine's tables, by the functions' client with the options of the SDK's.
func open(db *dynamodb.Client) *store.Store {
	o := db.Options()
	return store.New(functions.New(functions.Options{
		Endpoint: *o.BaseEndpoint, Region: o.Region, Credentials: o.Credentials, HTTPClient: o.HTTPClient, Retryer: o.Retryer,
	}), connections, rooms)
}

func TestTheEngineKeepsTheContract(t *testing.T) {
	db := engine(t)
	signalingtest.StoreContract(t, func(*testing.T) signaling.Store { return open(db) })
}

func TestTheEngineKeepsTheLedger(t *testing.T) {
	signalingtest.LedgerContract(t, func(t *testing.T) signaling.Ledger { return open(engine(t)) })
}

func TestTheEngineKeepsTheItems(t *testing.T) {
	db := engine(t)
	signalingtest.ItemsContract(t, func(*testing.T) signaling.Items { return open(db) })
}

func TestRacesOnTheEngine(t *testing.T) {
	db := engine(t)
	signalingtest.Races(t, func(*testing.T) signaling.Store { return open(db) })
}

func TestAllInstancesShareOneKey(t *testing.T) {
	s := open(engine(t))
	keys := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			key, err := s.Key(context.Background())
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	wg.Wait()
	for _, key := range keys {
		if len(key) != seal.KeySize || !bytes.Equal(key, keys[0]) {
			t.Fatalf("keys differ: %x", keys)
		}
	}
}

// sent is an HTTP client that keeps the headers of what it sends.
type sent struct {
	mu     sync.Mutex
	header []http.Header
}

func (c *sent) Do(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.header = append(c.header, r.Header.Clone())
	c.mu.Unlock()
	return steady.Do(r)
}

// localdev, and whoever looks at traces on AWS, tells by that what belongs to which event.
func TestTheKeyIsNoEventsRequest(t *testing.T) {
	db, client := engine(t), &sent{}
	s := open(dynamodb.New(db.Options(), func(o *dynamodb.Options) { o.HTTPClient = client }))
	t.Setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
	t.Setenv("_X_AMZN_TRACE_ID", "Root=1-1-1") // an event is there already
	if _, err := s.Key(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(client.header) < 2 {
		t.Fatalf("%d requests: want the key read and made", len(client.header))
	}
	for _, h := range client.header {
		if h.Get("X-Amzn-Trace-Id") != "" || !strings.HasPrefix(h.Get("User-Agent"), "aws-sdk-go-v2/") {
			t.Errorf("got %v", h)
		}
	}
	client.header = nil
	if _, err := s.Room(t.Context(), "r", time.Now(), false); err != nil || client.header[0].Get("X-Amzn-Trace-Id") == "" {
		t.Errorf("an event's request: got %v, %v", client.header, err)
	}
}

func TestItemsCarryTheirTimeToLive(t *testing.T) {
	db := engine(t)
	s := open(db)
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	conn, room := signaling.ConnID(rand.Text()), signaling.RoomID(rand.Text())
	if err := s.Connect(t.Context(), signaling.Connection{ID: conn, Dialect: "d", Opened: now}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddPeer(t.Context(), room, signaling.Peer{Name: "a", Conn: conn, Joined: now}, signaling.Terms{Default: 2}, now); err != nil {
		t.Fatal(err)
	}
	later := now.Add(time.Hour)
	if _, err := s.SetData(t.Context(), room, "a", conn, json.RawMessage("1"), nil, later); err != nil {
		t.Fatal(err)
	}
	want := map[string]time.Time{connections: now.Add(store.Lifetime), rooms: later.Add(store.Lifetime)}
	keys := map[string]map[string]types.AttributeValue{
		connections: {"connection": &types.AttributeValueMemberS{Value: string(conn)}},
		rooms:       {"room": &types.AttributeValueMemberS{Value: string(room)}, "item": &types.AttributeValueMemberS{Value: "room"}},
	}
	for table, at := range want {
		out, err := db.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &table, Key: keys[table]})
		if err != nil {
			t.Fatal(err)
		}
		n, ok := out.Item["expires"].(*types.AttributeValueMemberN)
		if !ok || n.Value != fmt.Sprint(at.Unix()) {
			t.Errorf("%s expires at %v, want %d", table, out.Item["expires"], at.Unix())
		}
		ttl, err := db.DescribeTimeToLive(t.Context(), &dynamodb.DescribeTimeToLiveInput{TableName: &table})
		if err != nil || aws.ToString(ttl.TimeToLiveDescription.AttributeName) != "expires" {
			t.Errorf("%s: time to live is %+v, %v", table, ttl, err)
		}
	}
}

// TestTenPeersFitOneUnit holds the roster entry near 90 bytes, and so the budget of a join.
func TestTenPeersFitOneUnit(t *testing.T) {
	db := engine(t)
	s := open(db)
	now := time.Now()
	room := signaling.RoomID(rand.Text())
	for i := range 10 {
		name := signaling.PeerName("peer-" + strings.Repeat("x", i))
		conn := signaling.ConnID(rand.Text()[:16])
		if _, err := s.AddPeer(t.Context(), room, signaling.Peer{Name: name, Conn: conn, Dialect: "parley.v1", Joined: now}, signaling.Terms{Default: 16}, now); err != nil {
			t.Fatal(err)
		}
	}
	out, err := db.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName:              aws.String(rooms),
		Key:                    map[string]types.AttributeValue{"room": &types.AttributeValueMemberS{Value: string(room)}, "item": &types.AttributeValueMemberS{Value: "room"}},
		UpdateExpression:       aws.String("ADD rev :one"),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":one": &types.AttributeValueMemberN{Value: "1"},
		},
	})
	if err != nil || aws.ToFloat64(out.ConsumedCapacity.CapacityUnits) != 1 {
		t.Fatalf("a roster of ten costs %+v, %v: want 1 unit", out, err)
	}
}

// TestAConnectionThatJoinsAllTheTimeStaysSmall holds the counters of joins to a few, and so the budget of a join.
func TestAConnectionThatJoinsAllTheTimeStaysSmall(t *testing.T) {
	db := engine(t)
	s := open(db)
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	conn := signaling.ConnID(rand.Text())
	if err := s.Connect(t.Context(), signaling.Connection{ID: conn, Dialect: "d", Opened: now}); err != nil {
		t.Fatal(err)
	}
	for minute := range 120 {
		if _, err := s.Enter(t.Context(), conn, "r", "a", signaling.Quota{Rooms: 16, Joins: 60}, now.Add(time.Duration(minute)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	out, err := db.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(connections), Key: map[string]types.AttributeValue{"connection": &types.AttributeValueMemberS{Value: string(conn)}},
	})
	if err != nil || len(out.Item) > 15 {
		t.Fatalf("the item has %d attributes (%v): %v", len(out.Item), err, out.Item)
	}
}
