package infra_test

import (
	"testing"
)

// A deployment that fails is rolled back, and what has the policy Retain stays even then: nobody would know of it.
func TestAFirstDeploymentThatFailsLeavesNothingBehind(t *testing.T) {
	doc := template(t, map[string]any{"auth": "none", "accessLog": "true", "retain": "true", "alarms": "true", "alarmEmail": "a@example.org"})
	kept := map[string]int{}
	for id, v := range doc.resources() {
		resource := v.(map[string]any)
		switch policy := resource["DeletionPolicy"]; policy {
		case nil, "Delete":
		case "RetainExceptOnCreate":
			kept[resource["Type"].(string)]++
		default:
			t.Errorf("%s has the policy %v", id, policy)
		}
	}
	if kept["AWS::DynamoDB::Table"] != 2 || kept["AWS::IAM::Role"] != 1 || kept["AWS::ApiGateway::Account"] != 1 {
		t.Errorf("what is kept with the stack gone is %v, want the tables, and the role of API Gateway's logs", kept)
	}
}
