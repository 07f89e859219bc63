package infra_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// TestParityNoticesEveryDifference changes one thing of the CDK's template at a time: each has to show.
func TestParityNoticesEveryDifference(t *testing.T) {
	original := template(t, everything.cdk)
	want := read(t, original, nil)
	n := 0
	mutate := func(name string, change func(document)) {
		n++
		changed := original.clone(t)
		change(changed)
		if len(diff(want, read(t, changed, nil))) == 0 {
			t.Errorf("%s: no difference was noticed", name)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(original.resources())) {
		properties := func(d document) map[string]any {
			return d.resources()[id].(map[string]any)["Properties"].(map[string]any)
		}
		resource := original.resources()[id].(map[string]any)
		kind := resource["Type"].(string)
		p, _ := resource["Properties"].(map[string]any)
		set := func(path string, value any) {
			mutate(fmt.Sprint(id, " ", path, " = ", value), func(d document) { properties(d)[path] = value })
		}
		switch kind {
		case "AWS::ApiGatewayV2::Api":
			set("RouteSelectionExpression", "$request.body.type")
			set("ProtocolType", "HTTP")
			set("Name", "Api")
		case "AWS::ApiGatewayV2::Route":
			set("RouteKey", "$renamed")
			set("RouteResponseSelectionExpression", "$other")
			mutate(id+" dropped", func(d document) { delete(d.resources(), id) })
		case "AWS::ApiGatewayV2::Integration":
			set("IntegrationType", "HTTP")
			set("IntegrationUri", "arn:of:another/functions/[Other.Arn]/invocations")
			set("RequestTemplates", map[string]any{"200": `{"statusCode":500}`})
			set("TemplateSelectionExpression", "$request.body.type")
			set("PassthroughBehavior", "NEVER")
		case "AWS::ApiGatewayV2::IntegrationResponse":
			set("IntegrationId", "[Other]")
			set("IntegrationResponseKey", "/500/")
			set("ResponseTemplates", map[string]any{"200": "pong"})
			set("TemplateSelectionExpression", nil)
			mutate(id+" dropped", func(d document) { delete(d.resources(), id) })
		case "AWS::ApiGatewayV2::RouteResponse":
			set("RouteId", "[Other]")
			set("RouteResponseKey", "other")
			mutate(id+" dropped", func(d document) { delete(d.resources(), id) })
		case "AWS::ApiGatewayV2::Stage":
			set("StageName", "other")
			set("AutoDeploy", false)
			set("DefaultRouteSettings", map[string]any{"ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 200})
		case "AWS::Lambda::Permission":
			set("Principal", "*")
			set("SourceArn", "arn:[AWS::Partition]:execute-api:*:*:other/*$connect")
			set("FunctionName", "[Other]")
			mutate(id+" dropped", func(d document) { delete(d.resources(), id) })
		case "AWS::DynamoDB::Table":
			set("BillingMode", "PROVISIONED")
			set("KeySchema", []any{map[string]any{"AttributeName": "id", "KeyType": "HASH"}})
			set("TimeToLiveSpecification", map[string]any{"AttributeName": "expires", "Enabled": false})
			set("TimeToLiveSpecification", nil)
		case "AWS::Lambda::EventInvokeConfig":
			set("FunctionName", "[Other]")
			set("Qualifier", "live")
			set("MaximumRetryAttempts", 2)
			set("MaximumEventAgeInSeconds", 3600)
			mutate(id+" dropped", func(d document) { delete(d.resources(), id) })
		case "AWS::Logs::LogGroup":
			set("RetentionInDays", 30)
		case "AWS::CloudFront::Function":
			set("Name", "front-door")
			set("AutoPublish", false)
			set("FunctionCode", "function handler(event) { return event.request }")
			set("FunctionConfig", map[string]any{"Runtime": "cloudfront-js-1.0"})
			mutate(id+" dropped", func(d document) { delete(d.resources(), id) })
		case "AWS::CloudFront::Distribution":
			config := func(d document) map[string]any { return properties(d)["DistributionConfig"].(map[string]any) }
			for _, name := range slices.Sorted(maps.Keys(config(original))) {
				mutate(id+" without "+name, func(d document) { delete(config(d), name) })
			}
			for _, name := range slices.Sorted(maps.Keys(config(original)["DefaultCacheBehavior"].(map[string]any))) {
				mutate(id+" behaves without "+name, func(d document) { delete(config(d)["DefaultCacheBehavior"].(map[string]any), name) })
			}
			mutate(id+" dropped", func(d document) { delete(d.resources(), id) })
		case "AWS::Lambda::Function":
			for property, value := range map[string]any{
				"Runtime": "provided.al2", "Handler": "main", "MemorySize": 128, "Timeout": 3, "ReservedConcurrentExecutions": 1, "Architectures": []any{"x86_64"},
				"LoggingConfig": map[string]any{"LogFormat": "Text"}, "TracingConfig": map[string]any{"Mode": "PassThrough"}, "Role": "arn:of:another",
			} {
				set(property, value)
			}
			for variable := range p["Environment"].(map[string]any)["Variables"].(map[string]any) {
				mutate(id+" without "+variable, func(d document) {
					delete(properties(d)["Environment"].(map[string]any)["Variables"].(map[string]any), variable)
				})
			}
		case "AWS::IAM::Role":
			set("AssumeRolePolicyDocument", map[string]any{"Statement": []any{}})
			set("ManagedPolicyArns", []any{"arn:aws:iam::aws:policy/AdministratorAccess"})
		case "AWS::IAM::Policy":
			for i, one := range p["PolicyDocument"].(map[string]any)["Statement"].([]any) {
				statement := one.(map[string]any)
				at := func(d document) map[string]any {
					return properties(d)["PolicyDocument"].(map[string]any)["Statement"].([]any)[i].(map[string]any)
				}
				if statement["Resource"] != "*" {
					mutate(fmt.Sprint(id, " statement ", i, " on all"), func(d document) { at(d)["Resource"] = "*" })
				}
				mutate(fmt.Sprint(id, " statement ", i, " denied"), func(d document) { at(d)["Effect"] = "Deny" })
				mutate(fmt.Sprint(id, " statement ", i, " with more"), func(d document) { at(d)["Action"] = []any{"dynamodb:*"} })
				actions, several := statement["Action"].([]any)
				for j := range actions {
					mutate(fmt.Sprint(id, " without ", actions[j]), func(d document) {
						at(d)["Action"] = slices.Delete(at(d)["Action"].([]any), j, j+1)
					})
				}
				if !several {
					mutate(fmt.Sprint(id, " without ", statement["Action"]), func(d document) { at(d)["Action"] = []any{} })
				}
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d mutations", n)
	}
}
