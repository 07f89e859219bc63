package emulator_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func withRoles(o *emulator.Options) { o.Template = "testdata/roles.yaml" }

// call is a request of a function, as functions/caller takes it.
type call struct{ Service, Host, Region, Method, Path, Operation, Type, Body string }

// called is what came of it.
type called struct {
	Status          int
	ErrorType, Body string
}

func (w *world) callAs(function string, c call) called {
	w.t.Helper()
	event, err := json.Marshal(c)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, body := w.http("POST", "/2015-03-31/functions/"+function+"/invocations", string(event))
	if resp.StatusCode != 200 || resp.Header.Get("X-Amz-Function-Error") != "" {
		w.t.Fatalf("%s: %s", resp.Status, body)
	}
	return decode[called](w.t, body)
}

func onTable(operation, body string) call {
	return call{Service: "dynamodb", Method: "POST", Path: "/", Operation: operation, Body: body}
}

const (
	rows    = `"TableName":"localdev-Rows"`
	getRow  = `{` + rows + `,"Key":{"id":{"S":"a"}}}`
	putRow  = `{` + rows + `,"Item":{"id":{"S":"a"}}}`
	nobody  = "/@connections/AAAAAAAAAAAAAAA="
	rowsARN = "arn:aws:dynamodb:us-east-1:123456789012:table/localdev-Rows"
)

func TestRoles(t *testing.T) {
	w := start(t, withRoles)
	db := func(operation, body string) call { return onTable(operation, body) }
	manage := func(method string) call { return call{Service: "execute-api", Method: method, Path: nobody, Body: "x"} }
	invoke := func(path string) call {
		return call{Service: "lambda", Method: "POST", Path: "/2015-03-31/functions/" + path, Body: `{"service":"dynamodb","method":"GET"}`}
	}
	refused := func(function, action, resource, why string) string {
		return "User: arn:aws:sts::123456789012:assumed-role/localdev-" + function + " is not authorized to perform: " + action + " on resource: " + resource + " " + why
	}
	none := func(action string) string { return "because no identity-based policy allows the " + action + " action" }
	pushARN := "arn:aws:execute-api:us-east-1:********9012:" + w.APIs[0].ID + "/prod/"
	for _, tt := range []struct {
		name, function string
		call           call
		status         int
		words          string // in the answer
	}{
		{"a policy template grants", "Granted", db("PutItem", putRow), 200, ""},
		{"DynamoDB refuses what no policy allows", "Bare", db("UpdateItem", getRow), 400, refused("BareRole/localdev-Bare", "dynamodb:UpdateItem", rowsARN, none("dynamodb:UpdateItem"))},
		{"an index has an ARN of its own", "Plain", db("Query", `{`+rows+`,"IndexName":"i"}`), 400, refused("PlainRole/localdev-Plain", "dynamodb:Query", rowsARN+"/index/i", none("dynamodb:Query"))},
		{"a policy attached to a role grants", "Plain", db("GetItem", getRow), 200, ""},
		{"and no more", "Plain", db("PutItem", putRow), 400, "dynamodb:PutItem on resource: " + rowsARN},
		{"a transaction takes what its parts take", "Plain", db("TransactWriteItems", `{"TransactItems":[{"Put":`+putRow+`}]}`), 400, "dynamodb:PutItem on resource: " + rowsARN},
		{"an AWS policy grants", "Denied", db("PutItem", putRow), 200, ""},
		{"an explicit Deny wins", "Denied", db("DeleteItem", getRow), 400, refused("DeniedRole/localdev-Denied", "dynamodb:DeleteItem", rowsARN, "with an explicit deny in an identity-based policy")},
		{"a condition that is unknown grants", "Conditional", db("GetItem", getRow), 200, ""},
		{"a condition that does not hold grants nothing", "Conditional", db("PutItem", putRow), 400, "dynamodb:PutItem"},
		{"a role from elsewhere grants all", "Elsewhere", db("PutItem", putRow), 200, ""},
		{"@connections grants", "Granted", manage("POST"), 410, ""},
		{"@connections refuses what no policy allows", "Bare", manage("POST"), 403, refused("BareRole/localdev-Bare", "execute-api:ManageConnections", pushARN+"POST/@connections/{connectionId}", none("execute-api:ManageConnections"))},
		{"each method of @connections by itself", "Granted", manage("DELETE"), 403, "on resource: " + pushARN + "DELETE/@connections/{connectionId}"},
		{"Invoke grants", "Granted", invoke("localdev-Bare/invocations"), 200, ""},
		{"Invoke refuses what no policy allows", "Bare", invoke("Granted/invocations"), 403, refused("BareRole/localdev-Bare", "lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:localdev-Granted", none("lambda:InvokeFunction"))},
		{"a qualifier has an ARN of its own", "Bare", invoke("Granted/invocations?Qualifier=live"), 403, "function:localdev-Granted:live"},
	} {
		run(t, tt.name, func(t *testing.T) {
			got := w.callAs(tt.function, tt.call)
			if got.Status != tt.status || !strings.Contains(got.Body, tt.words) {
				t.Errorf("got %+v\nwant %d %s", got, tt.status, tt.words)
			}
			denied := strings.Contains(got.Body, "AccessDeniedException") || got.ErrorType == "AccessDeniedException"
			if denied != (tt.words != "") {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// ARNs of regions apart from AWS's others begin otherwise, and hosts may end otherwise.
func TestRolesInOtherPartitions(t *testing.T) {
	for region, partition := range map[string]string{"us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn"} {
		run(t, region, func(t *testing.T) {
			w := start(t, withRoles, func(o *emulator.Options) { o.Region = region })
			push := call{Service: "execute-api", Method: "POST", Path: nobody, Body: "x"}
			if got := w.callAs("Granted", push); got.Status != 410 {
				t.Errorf("got %+v, want a push that is granted", got)
			}
			want := "on resource: arn:" + partition + ":execute-api:" + region + ":"
			if got := w.callAs("Bare", push); got.Status != 403 || !strings.Contains(got.Body, want) {
				t.Errorf("got %+v, want a push that is refused %s", got, want)
			}
		})
	}
}

func TestRefusalsAreLogged(t *testing.T) {
	w := start(t, withRoles)
	for range 2 {
		w.callAs("Bare", onTable("UpdateItem", getRow))
	}
	w.callAs("Bare", call{Service: "execute-api", Method: "POST", Path: nobody})
	w.callAs("Bare", call{Service: "lambda", Method: "POST", Path: "/2015-03-31/functions/Granted/invocations"})
	w.callAs("Plain", onTable("Query", `{`+rows+`,"IndexName":"i"}`))
	w.callAs("Denied", onTable("DeleteItem", getRow))
	log := w.log.String()
	for _, want := range []string{
		"function=Bare action=dynamodb:UpdateItem resource=" + rowsARN +
			` do="add to Policies of Bare: Statement: [{Effect: Allow, Action: dynamodb:UpdateItem, Resource: !GetAtt Rows.Arn}]"`,
		"Action: execute-api:ManageConnections, Resource: !Sub 'arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/prod/POST/@connections/*'}]",
		"Action: lambda:InvokeFunction, Resource: !GetAtt Granted.Arn}]",
		"add to the policies of the role PlainRole: Statement: [{Effect: Allow, Action: dynamodb:Query, Resource: !Sub '${Rows.Arn}/index/i'}]",
		"take the Deny out of Policies of Denied",
		`msg="permissions not checked" function=Elsewhere line=47 reason="its role arn:aws:iam::123456789012:role/shared is not in the template: it may do all"`,
		`msg="permissions not checked" function=Conditional line=39 reason="localdev cannot tell whether the condition ForAllValues:StringEquals of dynamodb:LeadingKeys in a policy holds"`,
	} {
		if strings.Count(log, want) != 1 {
			t.Errorf("the log has not %s once", want)
		}
	}
}

func TestPushesAreSignedForTheRegion(t *testing.T) {
	w := start(t, withRoles)
	got := w.callAs("Granted", call{Service: "execute-api", Region: "eu-west-1", Method: "POST", Path: nobody, Body: "x"})
	want := called{403, "InvalidSignatureException", `{"message":"Credential should be scoped to a valid region, not 'eu-west-1'. "}`}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	w.line("level=WARN", `msg="push refused"`, "it is signed for ", "status=403", "function=Granted")
}

func TestWhoIsNotRefused(t *testing.T) {
	run(t, "a request from outside", func(t *testing.T) {
		w := start(t, withRoles)
		if _, err := w.dynamodb().ListTables(t.Context(), nil); err != nil {
			t.Error(err)
		}
		if resp, body := w.http("POST", "/prod"+nobody, "x", "Authorization", "AWS4-HMAC-SHA256 Credential=test/x"); resp.StatusCode != 410 {
			t.Errorf("got %s %s", resp.Status, body)
		}
	})
	run(t, "anybody with -iam=false", func(t *testing.T) {
		w := start(t, withRoles, func(o *emulator.Options) { o.Permissive = true })
		if got := w.callAs("Bare", onTable("PutItem", putRow)); got.Status != 200 {
			t.Errorf("got %+v", got)
		}
		if got := w.callAs("Bare", call{Service: "execute-api", Method: "POST", Path: nobody}); got.Status != 410 {
			t.Errorf("got %+v", got)
		}
		_, report := w.http("GET", "/_localdev/permissions", "")
		if want := `{"action":"dynamodb:PutItem","resource":"` + rowsARN + `","count":1,"granted":false}`; !strings.Contains(report, want) {
			t.Errorf("got %s, want %s", report, want)
		}
		if strings.Contains(w.log.String(), "refused, as AWS would") || strings.Contains(w.log.String(), "not checked") {
			t.Error("the log tells of permissions")
		}
	})
}
