package template

import (
	"cmp"
	"strings"
	"unicode"
)

// merge lays a resource's properties over the Globals of its type as SAM does: maps are merged,
// lists follow the global list, everything else replaces.
func merge(global, own *node) *node {
	if global == nil {
		return own
	}
	if own == nil {
		return global
	}
	name, _ := own.intrinsic()
	globalName, _ := global.intrinsic()
	switch {
	case name != "" || globalName != "" || global.kind != own.kind:
		return own
	case own.kind == kindList:
		return listNode(own.at, append(append([]*node{}, global.list...), own.list...)...)
	case own.kind != kindMap:
		return own
	}
	out := &node{kind: kindMap, at: own.at}
	for _, e := range global.entries {
		if mine := own.entry(e.key); mine != nil {
			e = entry{key: mine.key, at: mine.at, value: merge(e.value, mine.value)}
		}
		out.entries = append(out.entries, e)
	}
	for _, e := range own.entries {
		if global.entry(e.key) == nil {
			out.entries = append(out.entries, e)
		}
	}
	return out
}

// simpleTable returns the properties of the AWS::DynamoDB::Table that SAM makes of a SimpleTable.
func simpleTable(props *node) *node {
	at := props.at
	name, typ := textNode(at, "id"), textNode(at, "S")
	if key := props.get("PrimaryKey"); key != nil {
		if n := key.get("Name"); n != nil {
			name = n
		}
		if t := key.get("Type"); t.scalar() {
			letters := map[string]string{"String": "S", "Number": "N", "Binary": "B"}
			typ = textNode(t.at, cmp.Or(letters[t.text], t.text))
		}
	}
	attribute := mapNode(at, entry{"AttributeName", at, name}, entry{"AttributeType", at, typ})
	key := mapNode(at, entry{"AttributeName", at, name}, entry{"KeyType", at, textNode(at, "HASH")})
	out := mapNode(at, entry{"AttributeDefinitions", at, listNode(at, attribute)}, entry{"KeySchema", at, listNode(at, key)})
	if throughput := props.entry("ProvisionedThroughput"); throughput != nil {
		out.entries = append(out.entries, *throughput)
	} else {
		out.entries = append(out.entries, entry{"BillingMode", at, textNode(at, "PAY_PER_REQUEST")})
	}
	if n := props.entry("TableName"); n != nil {
		out.entries = append(out.entries, *n)
	}
	return out
}

// expandWebSocketAPI adds the plain resources that SAM generates from an
// AWS::Serverless::WebSocketApi, under the logical IDs that SAM gives them, so that references to
// those work.
func (s *scope) expandWebSocketAPI(api *resource) error {
	props := api.props
	routes := props.entry("Routes")
	if routes == nil || len(routes.value.allEntries()) == 0 {
		return faultf(api.at, "WebSocketApi %s has no Routes: name at least one, e.g. $default with its FunctionArn", api.id)
	}
	stageName := props.get("StageName")
	if stageName == nil {
		stageName = textNode(api.at, "default")
	}
	if stageName.text == "$default" {
		return checkStage(stageName.at, stageName.text)
	}
	api.typ = typeAPI
	for _, e := range routes.value.entries {
		if err := s.expandRoute(api, e); err != nil {
			return err
		}
	}
	if err := s.expandAuth(api, props.entry("Auth")); err != nil {
		return err
	}
	stageID, err := samStageID(api, stageName)
	if err != nil {
		return err
	}
	stage := mapNode(api.at, entry{"ApiId", api.at, call(api.at, "Ref", textNode(api.at, api.id))},
		entry{"StageName", stageName.at, stageName}, entry{"AutoDeploy", api.at, &node{kind: kindBool, at: api.at, text: "true"}})
	for _, key := range []string{"StageVariables", "DefaultRouteSettings", "RouteSettings"} {
		if e := props.entry(key); e != nil {
			stage.entries = append(stage.entries, *e)
		}
	}
	s.generate(api, stageID, typeStage, api.at, stage)
	api.aliases = map[string]string{"Stage": stageID}
	s.expandDomain(api, props.entry("Domain"), stageID)
	return nil
}

// samStageID returns the logical ID that SAM gives an API's stage: of its name, unless that is an
// intrinsic function.
func samStageID(api *resource, name *node) (string, error) {
	switch {
	case !name.scalar():
		return api.id + "Stage", nil
	case name.text == "default":
		return api.id + "DefaultStage", nil
	case !alphanumeric(name.text):
		return "", faultf(name.at, "stage %q: SAM makes a logical ID of it and takes letters and digits only; others work through a parameter", name.text)
	}
	return api.id + name.text + "Stage", nil
}

func alphanumeric(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

func (s *scope) generate(source *resource, id, typ string, at pos, props *node) {
	s.put(&resource{scope: s, id: id, typ: typ, at: at, props: props, condition: source.condition})
}

func (s *scope) expandRoute(api *resource, e entry) error {
	reserved := e.key == "$connect" || e.key == "$disconnect" || e.key == "$default"
	if !reserved && !alphanumeric(e.key) {
		return faultf(e.at, "route key %q: SAM takes $connect, $disconnect, $default, or letters and digits only", e.key)
	}
	function := e.value.get("FunctionArn")
	if function == nil {
		return faultf(e.at, "route %s has no FunctionArn: add e.g. FunctionArn: !GetAtt MyFunction.Arn", e.key)
	}
	part := strings.ToLower(strings.TrimPrefix(e.key, "$"))
	part = strings.ToUpper(part[:1]) + part[1:]
	routeID, integrationID := api.id+part+"Route", api.id+part+"Integration"
	if old := s.resources[routeID]; old != nil && old.typ == typeRoute {
		api.notice(e.at, "route "+e.key+" replaces route "+old.props.get("RouteKey").text+
			": SAM gives both the logical ID "+routeID+", and only one of them reaches AWS")
	}
	integration := mapNode(e.at, entry{"ApiId", e.at, call(e.at, "Ref", textNode(e.at, api.id))},
		entry{"IntegrationType", e.at, textNode(e.at, "AWS_PROXY")},
		entry{"IntegrationUri", e.at, invocationURI(function)})
	if t := e.value.entry("IntegrationTimeout"); t != nil {
		integration.entries = append(integration.entries, entry{"TimeoutInMillis", t.at, t.value})
	}
	target := call(e.at, "Fn::Join", listNode(e.at, textNode(e.at, "/"),
		listNode(e.at, textNode(e.at, "integrations"), call(e.at, "Ref", textNode(e.at, integrationID)))))
	route := mapNode(e.at, entry{"ApiId", e.at, call(e.at, "Ref", textNode(e.at, api.id))},
		entry{"RouteKey", e.at, textNode(e.at, e.key)}, entry{"Target", e.at, target})
	for _, key := range []string{"ApiKeyRequired", "ModelSelectionExpression", "RequestModels", "RouteResponseSelectionExpression"} {
		if p := e.value.entry(key); p != nil {
			route.entries = append(route.entries, *p)
		}
	}
	s.generate(api, integrationID, typeIntegration, e.at, integration)
	s.generate(api, routeID, typeRoute, e.at, route)
	return nil
}

// expandAuth writes out what SAM makes of the Auth of a WebSocketApi, once its routes are there.
func (s *scope) expandAuth(api *resource, auth *entry) error {
	if auth == nil {
		return nil
	}
	typ := auth.value.get("AuthType")
	if typ == nil {
		return faultf(auth.at, "Auth of WebSocketApi %s has no AuthType: NONE, AWS_IAM or CUSTOM", api.id)
	}
	route := s.resources[api.id+"ConnectRoute"]
	if route == nil {
		return faultf(auth.at, "Auth of WebSocketApi %s needs a $connect route", api.id)
	}
	route.props = route.props.with("AuthorizationType", typ)
	function := auth.value.get("AuthArn")
	if function == nil {
		if typ.text == "CUSTOM" {
			return faultf(auth.at, "Auth of WebSocketApi %s has no AuthArn: add e.g. AuthArn: !GetAtt MyAuthorizer.Arn", api.id)
		}
		return nil
	}
	at, id := auth.at, api.id+"ConnectAuthorizer"
	authorizer := mapNode(at, entry{"ApiId", at, call(at, "Ref", textNode(at, api.id))},
		entry{"AuthorizerType", at, textNode(at, "REQUEST")}, entry{"AuthorizerUri", at, invocationURI(function)})
	if e := auth.value.entry("IdentitySource"); e != nil {
		authorizer.entries = append(authorizer.entries, *e)
	}
	s.generate(api, id, typeAuthorizer, at, authorizer)
	route.props = route.props.with("AuthorizerId", call(at, "Ref", textNode(at, id)))
	return nil
}

// invocationURI is what SAM makes of a function's ARN.
func invocationURI(function *node) *node {
	at := function.at
	uri := "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${FunctionArn}/invocations"
	return call(at, "Fn::Sub", listNode(at, textNode(at, uri), mapNode(at, entry{"FunctionArn", at, function})))
}
