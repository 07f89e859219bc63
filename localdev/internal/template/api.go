package template

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	minIntegrationTimeout = 50 * time.Millisecond
	maxIntegrationTimeout = 29 * time.Second
)

// apis returns the template's WebSocket APIs in order, each with its routes.
func (s *scope) apis(root *node, functions []*function) ([]API, error) {
	var apis []API
	for _, r := range s.of(typeAPI) {
		protocol, err := s.text(r, "ProtocolType")
		if err != nil {
			return nil, err
		}
		if protocol != "WEBSOCKET" && r.props.get("Routes") == nil {
			s.notice(r, r.at, "localdev runs WebSocket APIs only; this HTTP API is not served")
			continue
		}
		api, err := s.api(r)
		if err != nil {
			return nil, err
		}
		if api.Routes, err = s.routes(r, api, functions); err != nil {
			return nil, err
		}
		apis = append(apis, api)
	}
	if len(apis) == 0 {
		return nil, faultf(root.entry("Resources").at,
			"no WebSocket API: add an AWS::Serverless::WebSocketApi, or an AWS::ApiGatewayV2::Api with ProtocolType WEBSOCKET")
	}
	return apis, nil
}

func (s *scope) api(r *resource) (API, error) {
	id, err := s.refValue(r.at, r)
	if err != nil {
		return API{}, err
	}
	api := API{LogicalID: r.id, ID: id, Line: r.at.line}
	if api.Name, err = s.text(r, "Name"); err != nil {
		return API{}, err
	}
	if api.Name == "" {
		api.Name = r.id
	}
	if api.RouteSelection, err = s.text(r, "RouteSelectionExpression"); err != nil {
		return API{}, err
	}
	if api.RouteSelection == "" {
		return API{}, faultf(r.at, "WebSocket API %s has no RouteSelectionExpression: add e.g. $request.body.action", r.id)
	}
	return api, s.stage(r, &api)
}

// stage fills in the stage of an API: its first, as localdev serves one.
func (s *scope) stage(r *resource, api *API) error {
	var chosen *resource
	for _, stage := range s.of(typeStage) {
		id, err := s.text(stage, "ApiId")
		switch {
		case err != nil:
			return err
		case id != api.ID:
		case chosen == nil:
			chosen = stage
		default:
			s.notice(stage, stage.at, "localdev serves one stage of an API: "+chosen.id+", not this one")
		}
	}
	if chosen == nil {
		if s.opt.Stage == "" {
			return faultf(r.at, "WebSocket API %s has no stage: add an AWS::ApiGatewayV2::Stage, or name one with -stage", r.id)
		}
		api.Stage = s.opt.Stage
		return nil
	}
	name, err := s.text(chosen, "StageName")
	if err != nil {
		return err
	}
	if name == "" {
		return faultf(chosen.at, "stage %s has no StageName", chosen.id)
	}
	if !chosen.props.get("AutoDeploy").truth() && chosen.props.get("DeploymentId") == nil {
		s.notice(chosen, chosen.at, "on AWS this stage would serve no route: set AutoDeploy: true, or a DeploymentId")
	}
	api.Stage = name
	variables, err := s.eval(chosen.props.get("StageVariables"))
	for _, e := range variables.allEntries() {
		if api.StageVariables == nil {
			api.StageVariables = map[string]string{}
		}
		v, err := s.plain(e.value, "stage variable "+e.key)
		if err != nil {
			return err
		}
		api.StageVariables[e.key] = v
	}
	return err
}

func (s *scope) routes(r *resource, api API, functions []*function) ([]Route, error) {
	answered, err := s.answered()
	if err != nil {
		return nil, err
	}
	var routes []Route
	for _, route := range s.of(typeRoute) {
		id, err := s.text(route, "ApiId")
		if err != nil {
			return nil, err
		}
		if id != api.ID {
			continue
		}
		key, err := s.text(route, "RouteKey")
		if err != nil {
			return nil, err
		}
		if key == "" {
			return nil, faultf(route.at, "route %s has no RouteKey", route.id)
		}
		if i := slices.IndexFunc(routes, func(o Route) bool { return o.Key == key }); i >= 0 {
			return nil, faultf(route.at, "API %s has two routes %s: the other is on line %d", r.id, key, routes[i].Line)
		}
		integration, found, err := s.integration(route, key, api, functions)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		s.routeNotices(route)
		asked := route.props.get("RouteResponseSelectionExpression") != nil
		routes = append(routes, Route{Key: key, Integration: integration, Response: asked && answered[route.id], Line: route.at.line})
	}
	if len(routes) == 0 {
		s.notice(r, r.at, "no routes: every message is answered with Forbidden")
	}
	return routes, nil
}

func (s *scope) routeNotices(route *resource) {
	if t := route.props.get("AuthorizationType"); t.scalar() && t.text != "NONE" {
		s.notice(route, t.at, "localdev does not check "+t.text+" authorization: every client is let in")
	}
	if k := route.props.get("ApiKeyRequired"); k.truth() {
		s.notice(route, k.at, "localdev does not ask for API keys")
	}
	if m := route.props.get("RequestModels"); m != nil {
		s.notice(route, m.at, "localdev does not validate messages against models")
	}
}

// answered returns the logical IDs of the routes that have a RouteResponse.
func (s *scope) answered() (map[string]bool, error) {
	ids := map[string]string{} // by what Ref gives
	for _, r := range s.of(typeRoute) {
		v, err := s.refValue(r.at, r)
		if err != nil {
			return nil, err
		}
		ids[v] = r.id
	}
	answered := map[string]bool{}
	for _, r := range s.of(typeReply) {
		v, err := s.text(r, "RouteId")
		if err != nil {
			return nil, err
		}
		answered[ids[v]] = true
	}
	return answered, nil
}

// integration follows a route's Target. Not found is a route without one, which AWS does not deploy.
func (s *scope) integration(route *resource, key string, api API, functions []*function) (Integration, bool, error) {
	target, err := s.text(route, "Target")
	if err != nil {
		return Integration{}, false, err
	}
	if target == "" {
		s.notice(route, route.at, "route "+key+" has no Target and is not served")
		return Integration{}, false, nil
	}
	at := route.props.get("Target").at
	for _, r := range s.of(typeIntegration) {
		id, err := s.refValue(r.at, r)
		if err != nil {
			return Integration{}, false, err
		}
		if target == "integrations/"+id {
			i, err := s.integrate(r, key, api, functions)
			return i, true, err
		}
	}
	return Integration{}, false, faultf(at, "route %s: its Target %q is no integration of this template: write integrations/ and the Ref of one", key, target)
}

func (s *scope) integrate(r *resource, key string, api API, functions []*function) (Integration, error) {
	typ, err := s.text(r, "IntegrationType")
	if err != nil {
		return Integration{}, err
	}
	i := Integration{Type: cmp.Or(typ, "AWS_PROXY"), Timeout: maxIntegrationTimeout, Line: r.at.line}
	ms, at, err := s.number(r, "TimeoutInMillis", 29000, 50, 30000)
	if err != nil {
		return Integration{}, err
	}
	i.Timeout = min(max(time.Duration(ms)*time.Millisecond, minIntegrationTimeout), maxIntegrationTimeout)
	if i.Type != "AWS_PROXY" {
		s.notice(r, r.at, "localdev runs AWS_PROXY integrations only; route "+key+" with "+i.Type+" is not served")
		return i, nil
	}
	uri, err := s.text(r, "IntegrationUri")
	if err != nil {
		return Integration{}, err
	}
	if n := r.props.get("IntegrationUri"); n != nil {
		at = n.at
	}
	for name, value := range api.StageVariables {
		uri = strings.ReplaceAll(uri, "${stageVariables."+name+"}", value)
	}
	f, err := s.target(at, key, uri, functions)
	if err != nil {
		return Integration{}, err
	}
	i.Function = f.LogicalID
	return i, nil
}

// target finds the function that an integration URI names by its ARN.
func (s *scope) target(at pos, key, uri string, functions []*function) (*function, error) {
	arn := uri
	if _, rest, ok := strings.Cut(uri, ":lambda:path/2015-03-31/functions/"); ok {
		arn = strings.TrimSuffix(rest, "/invocations")
	}
	var names []string
	for _, f := range functions {
		own := s.arn("lambda", "function:"+f.Name)
		if arn == own || strings.HasPrefix(arn, own+":") {
			if f.broken != nil {
				return nil, f.broken
			}
			return f, nil
		}
		if arn == f.Name {
			return nil, faultf(at, "route %s names function %s by its name; it needs the ARN: !GetAtt %s.Arn", key, f.LogicalID, f.LogicalID)
		}
		names = append(names, f.LogicalID)
	}
	for _, r := range s.order {
		if r.typ == typeFunction && !r.active && arn == s.arn("lambda", "function:"+cmp.Or(r.name, s.opt.StackName+"-"+r.id)) {
			return nil, faultf(at, "route %s calls function %s, which does not exist here: its condition %s does not hold", key, r.id, r.condition.text)
		}
	}
	hint := "it has none"
	if len(names) > 0 {
		hint = "its functions are " + strings.Join(names, ", ")
	}
	return nil, faultf(at, "route %s calls %q, which is no function of this template: %s", key, arn, hint)
}

// number evaluates a whole number between lowest and highest.
func (s *scope) number(r *resource, property string, absent, lowest, highest int) (int, pos, error) {
	v, err := s.eval(r.props.get(property))
	if err != nil || v == nil {
		return absent, r.at, err
	}
	text, err := s.plain(v, r.id+" "+property)
	if err != nil {
		return 0, v.at, err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < lowest || n > highest {
		return 0, v.at, faultf(v.at, "%s: %s is %q, not a whole number from %d to %d", r.id, property, text, lowest, highest)
	}
	return n, v.at, nil
}
