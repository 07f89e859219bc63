package iam_test

import (
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/iam"
)

const (
	table = "arn:aws:dynamodb:us-east-1:123456789012:table/rows"
	push  = "arn:aws:execute-api:us-east-1:123456789012:abcdefghij/prod/POST/@connections/*"
)

var facts = map[string]string{
	"aws:principalarn": "arn:aws:iam::123456789012:role/chat-role", "aws:principalaccount": "123456789012", "aws:requestedregion": "us-east-1",
	"aws:securetransport": "true",
}

func TestPoliciesDecide(t *testing.T) {
	for name, test := range map[string]struct {
		statements       string
		action, resource string
		want             iam.Decision
	}{
		"nothing":                        {``, "dynamodb:GetItem", table, iam.NotAllowed},
		"one statement, not in a list":   {`{"Effect":"Allow","Action":"dynamodb:GetItem","Resource":"` + table + `"}`, "dynamodb:GetItem", table, iam.Allowed},
		"another action":                 {`[{"Effect":"Allow","Action":["dynamodb:PutItem","dynamodb:Query"],"Resource":"*"}]`, "dynamodb:GetItem", table, iam.NotAllowed},
		"another resource":               {`[{"Effect":"Allow","Action":"dynamodb:GetItem","Resource":["` + table + `2","` + table + `/index/*"]}]`, "dynamodb:GetItem", table, iam.NotAllowed},
		"actions have no case":           {`[{"Effect":"Allow","Action":"DynamoDB:getitem","Resource":"*"}]`, "dynamodb:GetItem", table, iam.Allowed},
		"resources have one":             {`[{"Effect":"Allow","Action":"dynamodb:*","Resource":"` + strings.ToUpper(table) + `"}]`, "dynamodb:GetItem", table, iam.NotAllowed},
		"* in an action":                 {`[{"Effect":"Allow","Action":"dynamodb:*Item","Resource":"*"}]`, "dynamodb:UpdateItem", table, iam.Allowed},
		"* in an action, not that":       {`[{"Effect":"Allow","Action":"dynamodb:*Item","Resource":"*"}]`, "dynamodb:Query", table, iam.NotAllowed},
		"? in an action":                 {`[{"Effect":"Allow","Action":"dynamodb:?etItem","Resource":"*"}]`, "dynamodb:GetItem", table, iam.Allowed},
		"* alone":                        {`[{"Effect":"Allow","Action":"*","Resource":"*"}]`, "execute-api:ManageConnections", push, iam.Allowed},
		"* in a resource":                {`[{"Effect":"Allow","Action":"dynamodb:GetItem","Resource":"arn:aws:dynamodb:*:*:table/r?ws"}]`, "dynamodb:GetItem", table, iam.Allowed},
		"all of an API":                  {`[{"Effect":"Allow","Action":"execute-api:ManageConnections","Resource":"arn:aws:execute-api:us-east-1:123456789012:abcdefghij/*"}]`, "execute-api:ManageConnections", push, iam.Allowed},
		"another method":                 {`[{"Effect":"Allow","Action":"execute-api:ManageConnections","Resource":"arn:aws:execute-api:us-east-1:123456789012:abcdefghij/prod/GET/@connections/*"}]`, "execute-api:ManageConnections", push, iam.NotAllowed},
		"NotAction":                      {`[{"Effect":"Allow","NotAction":["iam:*","dynamodb:DeleteItem"],"Resource":"*"}]`, "dynamodb:GetItem", table, iam.Allowed},
		"NotAction names it":             {`[{"Effect":"Allow","NotAction":["iam:*","dynamodb:deleteitem"],"Resource":"*"}]`, "dynamodb:DeleteItem", table, iam.NotAllowed},
		"NotResource":                    {`[{"Effect":"Allow","Action":"dynamodb:*","NotResource":"` + table + `2"}]`, "dynamodb:GetItem", table, iam.Allowed},
		"NotResource names it":           {`[{"Effect":"Allow","Action":"dynamodb:*","NotResource":"*:table/*"}]`, "dynamodb:GetItem", table, iam.NotAllowed},
		"Deny after Allow":               {`[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"dynamodb:Delete*","Resource":"*"}]`, "dynamodb:DeleteItem", table, iam.Denied},
		"Deny before Allow":              {`[{"Effect":"Deny","Action":"dynamodb:*","Resource":"` + table + `"},{"Effect":"Allow","Action":"*","Resource":"*"}]`, "dynamodb:GetItem", table, iam.Denied},
		"Deny of another":                {`[{"Effect":"Deny","Action":"dynamodb:*","Resource":"` + table + `2"},{"Effect":"Allow","Action":"*","Resource":"*"}]`, "dynamodb:GetItem", table, iam.Allowed},
		"Deny with NotAction":            {`[{"Effect":"Deny","NotAction":"dynamodb:*","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"*"}]`, "execute-api:ManageConnections", push, iam.Denied},
		"a condition that holds":         {allow(`{"StringEquals":{"aws:RequestedRegion":["eu-west-1","us-east-1"]},"Bool":{"aws:SecureTransport":true}}`), "dynamodb:GetItem", table, iam.Allowed},
		"a condition that does not":      {allow(`{"StringEquals":{"AWS:requestedregion":"eu-west-1"}}`), "dynamodb:GetItem", table, iam.NotAllowed},
		"a condition that must not":      {allow(`{"StringNotEquals":{"aws:PrincipalAccount":["1","123456789012"]}}`), "dynamodb:GetItem", table, iam.NotAllowed},
		"a condition with wildcards":     {allow(`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/chat-*"},"StringNotLike":{"aws:RequestedRegion":"eu-*"}}`), "dynamodb:GetItem", table, iam.Allowed},
		"an unknown condition allows":    {allow(`{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":"me"}}`), "dynamodb:GetItem", table, iam.Allowed},
		"an unknown one and a false one": {allow(`{"StringEquals":{"aws:PrincipalTag/team":"a","aws:RequestedRegion":"eu-west-1"}}`), "dynamodb:GetItem", table, iam.NotAllowed},
		"an unknown condition denies not": {
			`[` + allow(`{}`) + `,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Null":{"aws:TokenIssueTime":"true"}}}]`, "dynamodb:GetItem", table, iam.Allowed,
		},
		"a resource of AWS's":            {`{"Effect":"Allow","Action":"dynamodb:GetItem","Resource":"{{resolve:import:table}}"}`, "dynamodb:GetItem", table, iam.Allowed},
		"a resource of AWS's denies not": {`[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","NotResource":"${aws:PrincipalTag/arn}"}]`, "dynamodb:GetItem", table, iam.Allowed},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := iam.Statements([]byte(test.statements))
			if err != nil {
				t.Fatal(err)
			}
			p, _ = p.Settle(facts)
			if got := p.Decide(test.action, test.resource); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func allow(condition string) string {
	return `{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + condition + `}`
}

func TestDoubtsAreSaid(t *testing.T) {
	for statement, want := range map[string]string{
		allow(`{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}`):                    "",
		allow(`{"StringEquals":{"aws:RequestedRegion":"eu-west-1","aws:SourceIp":"1"}}`): "",
		allow(`{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}`):             "the condition DateLessThan of aws:CurrentTime",
		allow(`{"StringEquals":{"aws:PrincipalAccount":"${aws:ResourceAccount}"}}`):      "the condition StringEquals of aws:PrincipalAccount",
		allow(`"nonsense"`): "makes no sense",
		`{"Effect":"Allow","Action":"dynamodb:*","Resource":"{{resolve:ssm:/table}}"}`:                                                    "the resource {{resolve:ssm:/table}}",
		`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"{{resolve:ssm:/key}}","Condition":{"StringEquals":{"kms:ViaService":"x"}}}`: "",
	} {
		p, err := iam.Statements([]byte(statement))
		if err != nil {
			t.Fatal(err)
		}
		_, doubts := p.Settle(facts)
		if got := strings.Join(doubts, "\n"); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", statement, got, want)
		}
	}
}

func TestManagedPoliciesGrantWhatAWSSays(t *testing.T) {
	for name, want := range map[string][3]iam.Decision{ // GetItem, PutItem, ManageConnections
		"arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess":                 {iam.Allowed, iam.Allowed, iam.NotAllowed},
		"arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess":             {iam.Allowed, iam.NotAllowed, iam.NotAllowed},
		"arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess":         {iam.NotAllowed, iam.NotAllowed, iam.Allowed},
		"arn:aws:iam::aws:policy/PowerUserAccess":                          {iam.Allowed, iam.Allowed, iam.Allowed},
		"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole": {iam.NotAllowed, iam.NotAllowed, iam.NotAllowed},
	} {
		p, known := iam.Managed(name)
		if got := [3]iam.Decision{p.Decide("dynamodb:GetItem", table), p.Decide("dynamodb:PutItem", table), p.Decide("execute-api:ManageConnections", push)}; !known || got != want {
			t.Errorf("%s: got %v, %v", name, got, known)
		}
	}
	if _, known := iam.Managed("arn:aws:iam::aws:policy/AmazonQuantumFullAccess"); known {
		t.Error("knows a policy that does not exist")
	}
}

func TestRefusalsAreWordedAsByAWS(t *testing.T) {
	const user = "arn:aws:sts::123456789012:assumed-role/r/f"
	for want, got := range map[string]string{
		"User: " + user + " is not authorized to perform: dynamodb:GetItem on resource: " + table + " because no identity-based policy allows the dynamodb:GetItem action":                                                                                                         iam.Need{Action: "dynamodb:GetItem", Resource: table}.Refusal(user, iam.NotAllowed),
		"User: " + user + " is not authorized to perform: dynamodb:GetItem on resource: " + table + " with an explicit deny in an identity-based policy":                                                                                                                           iam.Need{Action: "dynamodb:GetItem", Resource: table}.Refusal(user, iam.Denied),
		"User: " + user + " is not authorized to perform: execute-api:ManageConnections on resource: arn:aws:execute-api:us-east-1:********9012:abcdefghij/prod/POST/@connections/{connectionId} because no identity-based policy allows the execute-api:ManageConnections action": iam.Connections("arn:aws:execute-api:us-east-1:123456789012:abcdefghij/prod", "POST").Refusal(user, iam.NotAllowed),
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
