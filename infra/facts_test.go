package infra_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// facts are what matters of a template, each under its name.
type facts map[string]string

// read returns the facts of a template, SAM's own resources included.
func read(t *testing.T, doc document, values map[string]string) facts {
	t.Helper()
	r := &reader{scope: scope{t, doc, values}, f: facts{}}
	for id, v := range doc.resources() {
		resource := v.(map[string]any)
		properties, _ := resource["Properties"].(map[string]any)
		if r.exists(resource) {
			r.resource(id, resource["Type"].(string), properties)
		}
	}
	outputs, _ := doc["Outputs"].(map[string]any)
	for name, v := range outputs {
		if output := v.(map[string]any); r.exists(output) {
			r.set("output "+name, output["Value"])
		}
	}
	return r.f
}

// exists: a resource or an output may have a condition.
func (r *reader) exists(one map[string]any) bool {
	name, some := one["Condition"].(string)
	return !some || r.condition(r.doc["Conditions"].(map[string]any)[name])
}

// diff lists the facts that differ, with both sides.
func diff(a, b facts) []string {
	names := maps.Clone(a)
	maps.Copy(names, b)
	var list []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if a[name] != b[name] {
			list = append(list, fmt.Sprintf("%s\n    %s\n    %s", name, a[name], b[name]))
		}
	}
	return list
}

type reader struct {
	scope
	f facts
}

// named names a resource by what it is for, as both templates' logical IDs say.
func named(id string) string {
	id = strings.ToLower(id)
	for _, name := range []string{"frontdoorfunction", "frontdoordistribution", "connectionstable", "roomstable", "disconnect", "connect", "message", "default", "api"} {
		if strings.Contains(id, name) {
			return strings.Replace(name, "default", "message", 1)
		}
	}
	return id
}

// plain replaces the logical IDs in a text by those names.
func plain(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		id, after, closed := strings.Cut(rest, "]")
		if !closed || strings.ContainsAny(id, "{\" ") { // JSON
			b.WriteString("[")
			text = rest
			continue
		}
		b.WriteString("<" + named(id) + ">")
		text = after
	}
}

func (r *reader) set(name string, v any) {
	r.f[name] = strings.ReplaceAll(plain(r.text(v)), "<api>.ApiId", "<api>")
}

func (r *reader) setAll(name string, p map[string]any, properties ...string) {
	for _, property := range properties {
		r.set(name+"."+property, p[property])
	}
}

func (r *reader) resource(id, kind string, p map[string]any) {
	switch kind {
	case "AWS::DynamoDB::Table":
		r.setAll(named(id), p, "BillingMode", "AttributeDefinitions", "KeySchema", "TimeToLiveSpecification")
	case "AWS::Lambda::Function", "AWS::Serverless::Function":
		r.function(named(id), p)
	case "AWS::IAM::Policy":
		r.policy(named(id), p["PolicyDocument"])
	case "AWS::IAM::Role":
		r.role(named(id), p)
	case "AWS::ApiGatewayV2::Api":
		r.set("api.ProtocolType", p["ProtocolType"])
		r.set("api.RouteSelectionExpression", p["RouteSelectionExpression"])
		r.set("api.Name", p["Name"])
	case "AWS::ApiGatewayV2::Route":
		target := r.text(p["Target"]) // integrations/[ID]
		r.route(r.text(p["RouteKey"]), p, r.properties(strings.TrimPrefix(target, "integrations/")))
	case "AWS::ApiGatewayV2::IntegrationResponse":
		to := "integrations/" + r.text(p["IntegrationId"])
		key := r.routeWhere(func(_ string, route map[string]any) bool { return r.text(route["Target"]) == to })
		r.setAll("integration response of "+key, p, "ApiId", "IntegrationResponseKey", "ResponseTemplates", "TemplateSelectionExpression")
	case "AWS::ApiGatewayV2::RouteResponse":
		of := r.text(p["RouteId"])
		key := r.routeWhere(func(id string, _ map[string]any) bool { return "["+id+"]" == of })
		r.setAll("route response of "+key, p, "ApiId", "RouteResponseKey")
	case "AWS::Lambda::Permission":
		source := r.text(p["SourceArn"])
		key := source[strings.LastIndex(source, "$"):]
		if before := plain(source); !strings.HasPrefix(before, "arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<api>") {
			key += " from " + before // of another API: a difference
		}
		r.f["permission "+key] = fmt.Sprint(r.text(p["Principal"]), " ", r.text(p["Action"]), " ", strings.TrimSuffix(plain(r.text(p["FunctionName"])), ".Arn"))
	case "AWS::ApiGatewayV2::Stage":
		r.stage(p)
		r.set("stage.AutoDeploy", p["AutoDeploy"])
	case "AWS::Serverless::WebSocketApi":
		r.serverless(p)
	case "AWS::Lambda::EventInvokeConfig":
		r.setAll("asynchronous events", p, "FunctionName", "Qualifier", "MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
	case "AWS::CloudFront::Function":
		r.setAll(named(id), p, "Name", "AutoPublish", "FunctionConfig", "FunctionCode")
	case "AWS::CloudFront::Distribution":
		for name, value := range p["DistributionConfig"].(map[string]any) {
			r.set(named(id)+"."+name, value)
		}
	case "AWS::Logs::LogGroup":
		r.set(named(id)+".logs", p["RetentionInDays"])
	}
}

func (r *reader) function(name string, p map[string]any) {
	p = r.eval(p).(map[string]any)
	if globals, ok := r.doc["Globals"].(map[string]any); ok {
		p = merge(r.eval(globals["Function"]).(map[string]any), p)
	}
	r.setAll(name, p, "Runtime", "Handler", "MemorySize", "Timeout", "Architectures", "ReservedConcurrentExecutions")
	logging := p["LoggingConfig"].(map[string]any)
	r.setAll(name, logging, "LogFormat", "SystemLogLevel", "ApplicationLogLevel")
	for variable, value := range p["Environment"].(map[string]any)["Variables"].(map[string]any) {
		if r.text(value) != "" { // an empty one is as good as none
			r.set(name+" "+variable, value)
		}
	}
	r.set(name+".Tracing", tracing(p))
	r.set(name+".Role", p["Role"])
	list, _ := p["Policies"].([]any) // SAM makes a role for them, and gives it more than they say
	for _, one := range list {
		r.f[name+" is given a role by SAM"] = fmt.Sprint(one)
	}
}

// merge is what SAM makes of its globals and a function's own properties: maps become one, of
// others its own wins.
func merge(globals, own map[string]any) map[string]any {
	merged := maps.Clone(globals)
	for name, value := range own {
		g, both := merged[name].(map[string]any)
		if m, ok := value.(map[string]any); ok && both {
			value = merge(g, m)
		}
		merged[name] = value
	}
	return merged
}

// tracing is PassThrough by default, as Lambda has it.
func tracing(p map[string]any) any {
	config, _ := p["TracingConfig"].(map[string]any)
	return cmp.Or(p["Tracing"], config["Mode"], "PassThrough")
}

// role notes who may take a role, and what it grants.
func (r *reader) role(name string, p map[string]any) {
	r.set(name+".trust", p["AssumeRolePolicyDocument"])
	r.set(name+".ManagedPolicyArns", p["ManagedPolicyArns"])
	list, _ := p["Policies"].([]any)
	for _, one := range list {
		r.policy(name, one.(map[string]any)["PolicyDocument"])
	}
}

// policy notes each action on each resource.
func (r *reader) policy(name string, document any) {
	for _, one := range r.eval(document).(map[string]any)["Statement"].([]any) {
		statement := one.(map[string]any)
		for _, action := range many(statement["Action"]) {
			for _, resource := range many(statement["Resource"]) {
				r.set(fmt.Sprintf("%s may %s %s", name, action, strings.ReplaceAll(plain(resource), "<api>.ApiId", "<api>")), statement["Effect"])
			}
		}
	}
}

func many(v any) []string {
	if list, ok := v.([]any); ok {
		var texts []string
		for _, item := range list {
			texts = append(texts, fmt.Sprint(item))
		}
		return texts
	}
	return []string{fmt.Sprint(v)}
}

// properties are those of the resource that is referred to so, nil if there is none.
func (r *reader) properties(reference string) map[string]any {
	resource, _ := r.doc.resources()[strings.Trim(reference, "[]")].(map[string]any)
	p, _ := resource["Properties"].(map[string]any)
	return p
}

// routeWhere returns the key of the route of which that is true.
func (r *reader) routeWhere(is func(id string, p map[string]any) bool) string {
	for id, v := range r.doc.resources() {
		p := r.properties(id)
		if v.(map[string]any)["Type"] == "AWS::ApiGatewayV2::Route" && is(id, p) {
			return r.text(p["RouteKey"])
		}
	}
	return "no route"
}

func (r *reader) route(key string, p, integration map[string]any) {
	uri := r.text(integration["IntegrationUri"])
	_, id, _ := strings.Cut(uri, "functions/[")
	id, _, _ = strings.Cut(id, "]")
	r.f["route "+key] = fmt.Sprint(r.text(integration["IntegrationType"]), " ", named(id))
	r.set("route "+key+" answers", p["RouteResponseSelectionExpression"])
	for _, property := range []string{"RequestTemplates", "TemplateSelectionExpression", "PassthroughBehavior"} {
		r.set("route "+key+"."+property, integration[property])
	}
}

func (r *reader) stage(p map[string]any) {
	r.set("stage.StageName", p["StageName"])
	r.set("stage.DefaultRouteSettings", p["DefaultRouteSettings"])
}

// serverless is what the transform makes of a WebSocketApi.
func (r *reader) serverless(p map[string]any) {
	r.f["api.ProtocolType"], r.f["stage.AutoDeploy"] = "WEBSOCKET", "true"
	r.set("api.RouteSelectionExpression", p["RouteSelectionExpression"])
	r.set("api.Name", p["Name"])
	r.stage(p)
	for key, v := range p["Routes"].(map[string]any) {
		function := strings.TrimSuffix(r.text(v.(map[string]any)["FunctionArn"]), ".Arn")
		r.route(key, nil, map[string]any{"IntegrationType": "AWS_PROXY", "IntegrationUri": "functions/" + function})
		r.f["permission "+key] = "apigateway.amazonaws.com lambda:InvokeFunction " + plain(function)
	}
}
