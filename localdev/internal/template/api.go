package template

import (
	"slices"
)

// apis returns the template's WebSocket APIs in order, each with its routes.
func (s *scope) apis(functions []*function) ([]API, error) {
	var apis []API
	for _, r := range s.of(typeAPI) {
		protocol, err := r.text("ProtocolType")
		if err != nil {
			return nil, err
		}
		if protocol != "WEBSOCKET" && r.props.get("Routes") == nil {
			r.notice(r.at, "localdev runs WebSocket APIs only; this HTTP API is not served")
			continue
		}
		api, stage, err := s.api(r)
		if err != nil {
			return nil, err
		}
		if api.Routes, err = s.routes(r, api, functions); err != nil {
			return nil, err
		}
		if err := s.routeSettings(stage, &api); err != nil {
			return nil, err
		}
		if api.Mappings, err = s.apiMappings(api); err != nil {
			return nil, err
		}
		apis = append(apis, api)
	}
	return apis, nil
}

// api returns an API without its routes, and its stage; nil when only Options name that.
func (s *scope) api(r *resource) (API, *resource, error) {
	id, err := r.ref()
	if err != nil {
		return API{}, nil, err
	}
	api := API{LogicalID: r.id, ID: id, Line: r.at.line}
	if api.Name, err = r.text("Name"); err != nil {
		return API{}, nil, err
	}
	if api.Name == "" {
		api.Name = r.id
	}
	if api.RouteSelection, err = r.text("RouteSelectionExpression"); err != nil {
		return API{}, nil, err
	}
	if api.RouteSelection == "" {
		return API{}, nil, faultf(r.at, "WebSocket API %s has no RouteSelectionExpression: add e.g. $request.body.action", r.id)
	}
	stage, err := s.stage(r, &api)
	return api, stage, err
}

// stage fills in the stage of an API: its first, as localdev serves one. It returns nil for one that only Options name.
func (s *scope) stage(r *resource, api *API) (*resource, error) {
	var chosen *resource
	for _, stage := range s.of(typeStage) {
		id, err := stage.text("ApiId")
		switch {
		case err != nil:
			return nil, err
		case id != api.ID:
		case chosen == nil:
			chosen = stage
		default:
			stage.notice(stage.at, "localdev serves one stage of an API: "+chosen.id+", not this one")
		}
	}
	if chosen == nil {
		if s.opt.Stage == "" {
			return nil, faultf(r.at, "WebSocket API %s has no stage: add an AWS::ApiGatewayV2::Stage, or name one with -stage", r.id)
		}
		api.Stage = s.opt.Stage
		return nil, nil
	}
	name, err := chosen.text("StageName")
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, faultf(chosen.at, "stage %s has no StageName", chosen.id)
	}
	if !chosen.props.get("AutoDeploy").truth() && chosen.props.get("DeploymentId") == nil {
		chosen.notice(chosen.at, "on AWS this stage would serve no route: set AutoDeploy: true, or a DeploymentId")
	}
	api.Stage = name
	if api.Throttle, err = s.throttle(chosen, chosen.props.get("DefaultRouteSettings")); err != nil {
		return nil, err
	}
	variables, err := chosen.value("StageVariables")
	for _, e := range variables.allEntries() {
		if api.StageVariables == nil {
			api.StageVariables = map[string]string{}
		}
		v, err := plain(e.value, "stage variable "+e.key)
		if err != nil {
			return nil, err
		}
		api.StageVariables[e.key] = v
	}
	return chosen, err
}

func (s *scope) routes(r *resource, api API, functions []*function) ([]Route, error) {
	answered, err := s.answered()
	if err != nil {
		return nil, err
	}
	var routes []Route
	for _, route := range s.of(typeRoute) {
		id, err := route.text("ApiId")
		if err != nil {
			return nil, err
		}
		if id != api.ID {
			continue
		}
		key, err := route.text("RouteKey")
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
		served := Route{Key: key, Integration: integration, Line: route.at.line}
		served.Response = answered[route.id] && route.props.get("RouteResponseSelectionExpression") != nil
		if err := s.authorization(route, &served, api, functions); err != nil {
			return nil, err
		}
		s.routeNotices(route, answered[route.id])
		routes = append(routes, served)
	}
	if len(routes) == 0 {
		r.notice(r.at, "no routes: every message is answered with Forbidden")
	}
	return routes, nil
}

func (s *scope) routeNotices(route *resource, answered bool) {
	if e := route.props.entry("RouteResponseSelectionExpression"); e != nil && !answered {
		route.notice(e.at, "no AWS::ApiGatewayV2::RouteResponse names this route, so as on AWS it answers nothing")
	}
	if k := route.props.get("ApiKeyRequired"); k.truth() {
		route.notice(k.at, "localdev does not ask for API keys")
	}
	if m := route.props.get("RequestModels"); m != nil {
		route.notice(m.at, "localdev does not validate messages against models")
	}
}

// answered returns the logical IDs of the routes that have a RouteResponse.
func (s *scope) answered() (map[string]bool, error) {
	ids := map[string]string{} // by what Ref gives
	for _, r := range s.of(typeRoute) {
		v, err := r.ref()
		if err != nil {
			return nil, err
		}
		ids[v] = r.id
	}
	answered := map[string]bool{}
	for _, r := range s.of(typeReply) {
		v, err := r.text("RouteId")
		if err != nil {
			return nil, err
		}
		answered[ids[v]] = true
	}
	return answered, nil
}
