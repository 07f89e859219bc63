package dynamo

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// kind is what an operation consumes.
type kind int

const (
	free kind = iota
	reads
	writes
)

// operations that consume units.
func kindOf(operation string, body []byte) kind {
	switch operation {
	case "GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems":
		return reads
	case "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems":
		return writes
	case "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction": // PartiQL
		statement, _ := rawjson.Find(body, "Statement")
		for _, list := range []string{"Statements", "TransactStatements"} {
			all, _ := rawjson.Find(body, list)
			for first := range rawjson.Array(all) {
				statement, _ = rawjson.Find(first, "Statement")
				break
			}
		}
		if strings.HasPrefix(strings.ToUpper(strings.TrimSpace(rawjson.Text(statement))), "SELECT") {
			return reads
		}
		return writes
	}
	return free
}

// exchange is one request with what was added to it.
type exchange struct {
	request     []byte
	kind        kind
	asked       bool // the client wants ConsumedCapacity itself
	addedOnFail bool // ReturnValuesOnConditionCheckFailure was added
	put         []byte
}

const (
	capacityKey = "ReturnConsumedCapacity"
	onFailKey   = "ReturnValuesOnConditionCheckFailure"
)

func newExchange(target string, body []byte) exchange {
	operation := target[strings.IndexByte(target, '.')+1:]
	ex := exchange{request: body}
	if strings.HasPrefix(target, "DynamoDBStreams") || !json.Valid(body) {
		return ex
	}
	if ex.kind = kindOf(operation, body); ex.kind == free {
		return ex
	}
	switch wanted, ok := rawjson.Find(body, capacityKey); {
	case !ok:
		ex.request = rawjson.With(ex.request, capacityKey, `"TOTAL"`)
	case string(wanted) == `"NONE"`:
		ex.request, _ = rawjson.Without(ex.request, capacityKey)
		ex.request = rawjson.With(ex.request, capacityKey, `"TOTAL"`)
	default:
		ex.asked = true
	}
	switch operation {
	case "PutItem", "UpdateItem", "DeleteItem": // a failed condition is billed by the item that is there, or was to be put
		if operation == "PutItem" {
			ex.put, _ = rawjson.Find(body, "Item")
		}
		if wanted, ok := rawjson.Find(body, onFailKey); !ok || string(wanted) == `"NONE"` {
			ex.request, _ = rawjson.Without(ex.request, onFailKey)
			ex.request = rawjson.With(ex.request, onFailKey, `"ALL_OLD"`)
			ex.addedOnFail = true
		}
	}
	return ex
}

// settle returns the answer as the client may see it, and the units that it cost.
func (ex exchange) settle(status int, answer []byte) (visible []byte, wru, rru float64) {
	if ex.kind == free {
		return answer, 0, 0
	}
	if status != http.StatusOK {
		return ex.settleFailure(answer)
	}
	capacity, _ := rawjson.Find(answer, "ConsumedCapacity")
	units := sumUnits(capacity)
	if !ex.asked {
		answer, _ = rawjson.Without(answer, "ConsumedCapacity")
	}
	if ex.kind == reads {
		return answer, 0, units
	}
	return answer, units, 0
}

// settleFailure prices a failed condition by the larger of the item that is there and the one that was to be put; what an update
// would have made is not known. Other errors cost nothing.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
func (ex exchange) settleFailure(answer []byte) (visible []byte, wru, rru float64) {
	typ, _ := rawjson.Find(answer, "__type")
	if !bytes.Contains(typ, []byte("ConditionalCheckFailedException")) {
		return answer, 0, 0
	}
	item, _ := rawjson.Find(answer, "Item")
	wru = writeUnits(max(itemSize(item), itemSize(ex.put)))
	if ex.addedOnFail {
		answer, _ = rawjson.Without(answer, "Item")
	}
	return answer, wru, 0
}

// sumUnits adds up the CapacityUnits of one ConsumedCapacity or of a list of them.
func sumUnits(capacity []byte) float64 {
	if total, ok := rawjson.Find(capacity, "CapacityUnits"); ok {
		n, err := strconv.ParseFloat(string(total), 64)
		if err != nil {
			return 0
		}
		return n
	}
	sum := 0.0
	for one := range rawjson.Array(capacity) {
		sum += sumUnits(one)
	}
	return sum
}
