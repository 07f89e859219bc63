package template

import (
	_ "embed"
	"slices"
	"strings"
)

// services lists the second words of CloudFormation's resource types, e.g. DynamoDB, one a line, as of November 2026.
//
//go:embed services.txt
var services string

// ownTypes are the resource types of the services that localdev runs: here a typing error must not pass for
// something that needs nothing locally.
var ownTypes = map[string][]string{
	"Serverless": {
		"Api", "Application", "CapacityProvider", "Connector", "Function", "GraphQLApi", "HttpApi", "LayerVersion",
		"SimpleTable", "StateMachine", "WebSocketApi",
	},
	"ApiGatewayV2": {
		"Api", "ApiGatewayManagedOverrides", "ApiMapping", "Authorizer", "Deployment", "DomainName", "Integration",
		"IntegrationResponse", "Model", "Route", "RouteResponse", "RoutingRule", "Stage", "VpcLink",
	},
	"DynamoDB": {"GlobalTable", "Table"},
	"Lambda": {
		"Alias", "CapacityProvider", "CodeSigningConfig", "EventInvokeConfig", "EventSourceMapping", "Function", "LayerVersion",
		"LayerVersionPermission", "Permission", "ResourcePolicy", "Url", "Version",
	},
}

// checkType refuses a resource type that no AWS account knows.
func checkType(at pos, id, typ string) error {
	if strings.HasPrefix(typ, "Custom::") || strings.HasPrefix(typ, "Alexa::ASK::") {
		return nil
	}
	words := strings.Split(typ, "::")
	known := strings.Fields(services)
	if len(words) < 3 || words[0] != "AWS" {
		var own []string
		for service, types := range ownTypes {
			for _, t := range types {
				own = append(own, "AWS::"+service+"::"+t)
			}
		}
		slices.Sort(own)
		return faultf(at, "resource %s: unknown type %q%s", id, typ, didYouMean(typ, own))
	}
	types, ours := ownTypes[words[1]]
	if ours && !slices.Contains(types, words[2]) {
		return faultf(at, "resource %s: unknown type %q%s", id, typ, didYouMean(words[2], types))
	}
	if !slices.Contains(known, words[1]) {
		return faultf(at, "resource %s: unknown type %q: localdev knows no AWS service %s%s", id, typ, words[1], didYouMean(words[1], known))
	}
	return nil
}

// unserved are the resources that would take part in what users see, and that localdev does not run.
var unserved = map[string]string{
	"AWS::ApiGateway::RestApi":         "localdev runs WebSocket APIs only; this REST API is not served",
	"AWS::Serverless::Api":             "localdev runs WebSocket APIs only; this REST API is not served",
	"AWS::Serverless::HttpApi":         "localdev runs WebSocket APIs only; this HTTP API is not served",
	"AWS::Serverless::GraphQLApi":      "localdev runs WebSocket APIs only; this GraphQL API is not served",
	"AWS::Serverless::Application":     "localdev does not look into nested applications",
	"AWS::CloudFormation::Stack":       "localdev does not look into nested stacks",
	"AWS::Serverless::StateMachine":    "localdev has no Step Functions; this state machine does not run",
	"AWS::StepFunctions::StateMachine": "localdev has no Step Functions; this state machine does not run",
	"AWS::Lambda::Url":                 "localdev serves no function URLs",
	"AWS::SQS::Queue":                  "localdev has no SQS; calls to this queue go to AWS",
	"AWS::SNS::Topic":                  "localdev has no SNS; calls to this topic go to AWS",
	"AWS::Kinesis::Stream":             "localdev has no Kinesis; calls to this stream go to AWS",
	"AWS::Events::Rule":                "localdev has no EventBridge; this rule never fires",
	"AWS::Scheduler::Schedule":         "localdev has no EventBridge; this schedule never fires",
}

// noteUnserved adds a Notice for each such resource.
func (s *scope) noteUnserved() {
	for _, r := range s.order {
		if text := unserved[r.typ]; text != "" && r.active {
			r.notice(r.at, text)
		}
	}
}
