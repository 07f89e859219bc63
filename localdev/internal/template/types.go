package template

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// services lists the second words of CloudFormation's resource types, e.g. DynamoDB, one a line, as
// of November 2026.
//
//go:embed services.txt
var services string

// ownTypes are the resource types of the services that localdev runs: here a typing error must not
// pass for something that needs nothing locally.
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

// checkType looks for a typing error in a resource's type. In one of the services that localdev
// runs it is an error; a type that localdev does not know may be newer than it is, or somebody's
// own.
func (r *resource) checkType(at pos) error {
	words := strings.Split(r.typ, "::")
	if words[0] == "Custom" || words[0] != "AWS" && len(words) == 3 {
		return nil // Custom::, Alexa::ASK:: and what accounts register
	}
	services := strings.Fields(services)
	if len(words) >= 3 {
		types, served := ownTypes[words[1]]
		ours := words[0] == "AWS" && len(words) == 3 && slices.Contains(types, words[2])
		if ours || !served && slices.Contains(services, words[1]) {
			return nil
		}
	}
	var own []string
	for service, types := range ownTypes {
		for _, t := range types {
			own = append(own, "AWS::"+service+"::"+t)
		}
	}
	slices.Sort(own)
	hint := didYouMean(r.typ, own)
	if hint == "" && len(words) >= 3 {
		if hint = didYouMean(words[1], services); hint == "" || slices.Contains(services, words[1]) {
			r.notice(at, fmt.Sprintf("localdev knows no type %q, and takes it for one that needs nothing here", r.typ))
			return nil
		}
	}
	return faultf(at, "resource %s: unknown type %q%s", r.id, r.typ, hint)
}

// unserved are the resources that would take part in what users see, and that localdev does not
// run.
var unserved = map[string]string{
	"AWS::ApiGateway::RestApi":         "localdev runs WebSocket APIs only; this REST API is not served",
	"AWS::Serverless::Api":             "localdev runs WebSocket APIs only; this REST API is not served",
	"AWS::Serverless::HttpApi":         "localdev runs WebSocket APIs only; this HTTP API is not served",
	"AWS::Serverless::GraphQLApi":      "localdev runs WebSocket APIs only; this GraphQL API is not served",
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
