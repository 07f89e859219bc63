package dynamo

import (
	"strings"
	"testing"
)

func TestItemSize(t *testing.T) {
	for _, tt := range []struct {
		name, item string
		want       int
	}{
		{"none", ``, 0},
		{"string", `{"k":{"S":"abc"}}`, 1 + 3},
		{"UTF-8", `{"k\u00e9":{"S":"é"}}`, 3 + 2},
		{"number", `{"n":{"N":"1800000000"}}`, 1 + 2},
		{"negative number", `{"n":{"N":"-12.5"}}`, 1 + 4},
		{"binary", `{"b":{"B":"AQIDBA=="}}`, 1 + 4},
		{"null and boolean", `{"a":{"NULL":true},"b":{"BOOL":false}}`, 4},
		{"string set", `{"s":{"SS":["ab","c"]}}`, 1 + 3},
		{"number set", `{"s":{"NS":["1","22"]}}`, 1 + 2 + 2},
		{"list", `{"l":{"L":[{"S":"ab"},{"N":"1"}]}}`, 1 + 3 + 1 + 2 + 1 + 2},
		{"map", `{"m":{"M":{"x":{"S":"ab"}}}}`, 1 + 3 + 1 + 1 + 2},
	} {
		if got := itemSize([]byte(tt.item)); got != tt.want {
			t.Errorf("%s: got %d bytes, want %d", tt.name, got, tt.want)
		}
	}
	for bytes, want := range map[int]float64{0: 1, 1: 1, 1024: 1, 1025: 2, 4000: 4} {
		if got := writeUnits(bytes); got != want {
			t.Errorf("%d bytes: got %v units, want %v", bytes, got, want)
		}
	}
}

func TestExchange(t *testing.T) {
	const target = "DynamoDB_20120810."
	t.Run("asks for capacity and takes it out again", func(t *testing.T) {
		ex := newExchange(target+"Query", []byte(`{"TableName":"t"}`))
		if got := string(ex.request); got != `{"ReturnConsumedCapacity":"TOTAL","TableName":"t"}` {
			t.Errorf("request: got %s", got)
		}
		visible, wru, rru := ex.settle(200, []byte(`{"Items":[],"ConsumedCapacity":{"CapacityUnits":1.5,"TableName":"t"}}`))
		if string(visible) != `{"Items":[]}` || wru != 0 || rru != 1.5 {
			t.Errorf("got %s, %v WRU, %v RRU", visible, wru, rru)
		}
	})
	t.Run("NONE is replaced, not doubled", func(t *testing.T) {
		ex := newExchange(target+"GetItem", []byte(`{"ReturnConsumedCapacity":"NONE","TableName":"t"}`))
		if got := string(ex.request); strings.Count(got, "ReturnConsumedCapacity") != 1 || !strings.Contains(got, `"TOTAL"`) || ex.asked {
			t.Errorf("request: got %s", got)
		}
	})
	t.Run("what the client asked for stays", func(t *testing.T) {
		const body = `{"ReturnConsumedCapacity":"INDEXES","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}`
		ex := newExchange(target+"PutItem", []byte(body))
		if string(ex.request) != body {
			t.Errorf("request: got %s", ex.request)
		}
		const answer = `{"ConsumedCapacity":{"CapacityUnits":2}}`
		if visible, wru, _ := ex.settle(200, []byte(answer)); string(visible) != answer || wru != 2 {
			t.Errorf("got %s, %v WRU", visible, wru)
		}
	})
	t.Run("a list of capacities is added up", func(t *testing.T) {
		ex := newExchange(target+"BatchWriteItem", []byte(`{}`))
		if _, wru, _ := ex.settle(200, []byte(`{"ConsumedCapacity":[{"CapacityUnits":2},{"CapacityUnits":3}]}`)); wru != 5 {
			t.Errorf("got %v WRU", wru)
		}
	})
	t.Run("PartiQL reads and writes", func(t *testing.T) {
		for body, want := range map[string]kind{
			`{"Statement":" select * from t"}`:                  reads,
			`{"Statement":"DELETE FROM t"}`:                     writes,
			`{"Statements":[{"Statement":"SELECT * FROM t"}]}`:  reads,
			`{"TransactStatements":[{"Statement":"INSERT x"}]}`: writes,
		} {
			if got := kindOf("BatchExecuteStatement", []byte(body)); got != want {
				t.Errorf("%s: got %v, want %v", body, got, want)
			}
		}
	})
	t.Run("other operations pass untouched", func(t *testing.T) {
		for _, operation := range []string{"ListTables", "DescribeTable"} {
			if ex := newExchange(target+operation, []byte(`{}`)); string(ex.request) != `{}` {
				t.Errorf("%s: got %s", operation, ex.request)
			}
		}
		if ex := newExchange("DynamoDBStreams_20120810.GetRecords", []byte(`{}`)); string(ex.request) != `{}` {
			t.Errorf("GetRecords: got %s", ex.request)
		}
		if ex := newExchange(target+"PutItem", []byte(`{`)); string(ex.request) != `{` {
			t.Errorf("not JSON: got %s", ex.request)
		}
	})
}
