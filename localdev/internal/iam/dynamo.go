package iam

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// transacted are the actions that the parts of a transaction take; there is none for the transaction itself.
var transacted = map[string]string{
	"Get": "GetItem", "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem",
}

// DynamoDB returns the permissions that a request takes, each once: operation is e.g. GetItem, prefix the ARN of a
// table up to its name (arn:aws:dynamodb:REGION:ACCOUNT:table/). PartiQL is not read: its operations need nothing here.
func DynamoDB(operation string, body []byte, prefix string) ([]Need, error) {
	var request struct {
		TableName, IndexName string
		RequestItems         map[string]json.RawMessage
		TransactItems        []map[string]struct{ TableName string }
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, fmt.Errorf("read what %s asks for: %w", operation, err)
	}
	var needs []Need
	add := func(action, table, index string) {
		arn := table // a table may be named by its ARN
		if !strings.HasPrefix(table, "arn:") {
			arn = prefix + table
		}
		if index != "" {
			arn += "/index/" + index
		}
		if n := (Need{"dynamodb:" + action, arn}); !slices.Contains(needs, n) {
			needs = append(needs, n)
		}
	}
	if operation == "ListTables" {
		add(operation, "*", "")
	}
	if request.TableName != "" {
		add(operation, request.TableName, request.IndexName)
	}
	for table := range request.RequestItems {
		add(operation, table, "")
	}
	for _, item := range request.TransactItems {
		for part, of := range item {
			if action, ok := transacted[part]; ok {
				add(action, of.TableName, "")
			}
		}
	}
	slices.SortFunc(needs, func(a, b Need) int { return strings.Compare(a.Action+a.Resource, b.Action+b.Resource) })
	return needs, nil
}
