package iam

import (
	"slices"
	"testing"
)

func TestADynamoDBRequestNeedsItsActions(t *testing.T) {
	const prefix = "arn:aws:dynamodb:r:1:table/"
	for name, test := range map[string]struct {
		operation, body string
		want            []Need
	}{
		"an item":          {"GetItem", `{"TableName":"a"}`, []Need{{"dynamodb:GetItem", prefix + "a"}}},
		"a table's ARN":    {"GetItem", `{"TableName":"` + prefix + `a"}`, []Need{{"dynamodb:GetItem", prefix + "a"}}},
		"an index":         {"Query", `{"TableName":"a","IndexName":"i"}`, []Need{{"dynamodb:Query", prefix + "a/index/i"}}},
		"a batch by table": {"BatchGetItem", `{"RequestItems":{"b":{},"a":{}}}`, []Need{{"dynamodb:BatchGetItem", prefix + "a"}, {"dynamodb:BatchGetItem", prefix + "b"}}},
		"all tables":       {"ListTables", `{}`, []Need{{"dynamodb:ListTables", prefix + "*"}}},
		"the parts of a transaction, each once": {
			"TransactWriteItems",
			`{"TransactItems":[{"Put":{"TableName":"a"}},{"Put":{"TableName":"a"}},{"ConditionCheck":{"TableName":"b"}}]}`,
			[]Need{{"dynamodb:ConditionCheckItem", prefix + "b"}, {"dynamodb:PutItem", prefix + "a"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := DynamoDB(test.operation, []byte(test.body), prefix)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	if _, err := DynamoDB("GetItem", []byte("{"), prefix); err == nil {
		t.Error("a broken body was read")
	}
}

// What Managed does not check while it runs.
func TestManagedPoliciesCanBeRead(t *testing.T) {
	for name, statements := range managed {
		if _, err := Statements([]byte(statements)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
