package template

import (
	"cmp"
	"slices"
)

// apis returns the WebSocket APIs in order, each with its routes.
func (w *whole) apis() ([]API, error) {
	var apis []API
	for _, r := range w.all(typeAPI) {
		protocol, err := r.text("ProtocolType")
		if err != nil {
			return nil, err
		}
		if protocol != "WEBSOCKET" && r.props.get("Routes") == nil {
			r.notice(r.at, "localdev runs WebSocket APIs only; this HTTP API is not served")
			continue
		}
		api, stage, err := r.api()
		if err != nil {
			return nil, err
		}
		if api.Routes, err = r.routes(api); err != nil {
			return nil, err
		}
		if stage != nil {
			stage.routeSettings(&api)
		}
		api.Mappings = w.apiMappings(api)
		apis = append(apis, api)
	}
	return apis, nil
}

// names reports whether a property has a value. One that cannot be told has another.
func (r *resource) names(property, value string) bool {
	v, err := r.value(property)
	return err == nil && v.plainText() == value
}

// api returns an API without its routes, and its stage; nil when only Options name that.
func (r *resource) api() (API, *resource, error) {
	id, err := r.ref()
	if err != nil {
		return API{}, nil, err
	}
	api := API{LogicalID: r.label, ID: id, Line: r.at.line}
	if name, err := r.value("Name"); err == nil && unknown(name) == nil {
		api.Name = name.plainText() // only people read it
	}
	api.Name = cmp.Or(api.Name, r.label)
	if api.RouteSelection, err = r.text("RouteSelectionExpression"); err != nil {
		return API{}, nil, err
	}
	if api.RouteSelection == "" {
		return API{}, nil, faultf(r.at, "WebSocket API %s has no RouteSelectionExpression: add e.g. $request.body.action", r.id)
	}
	stage, err := r.stage(&api)
	return api, stage, err
}

// stage fills in the stage of an API: its first, as localdev serves one. It returns nil for one
// that only Options name.
func (r *resource) stage(api *API) (*resource, error) {
	var chosen *resource
	for _, stage := range r.scope.all(typeStage) {
		switch {
		case !stage.names("ApiId", api.ID):
		case chosen == nil:
			chosen = stage
		default:
			stage.notice(stage.at, "localdev serves one stage of an API: "+chosen.id+", not this one")
		}
	}
	if chosen == nil {
		if r.scope.opt.Stage == "" {
			return nil, faultf(r.at, "WebSocket API %s has no stage: add an AWS::ApiGatewayV2::Stage, or name one with -stage", r.id)
		}
		api.Stage = r.scope.opt.Stage
		return nil, nil
	}
	name, err := chosen.text("StageName")
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, faultf(chosen.at, "stage %s has no StageName", chosen.id)
	}
	if err := checkStage(chosen.props.get("StageName").at, name); err != nil {
		return nil, err
	}
	if !chosen.props.get("AutoDeploy").truth() && chosen.props.get("DeploymentId") == nil {
		chosen.notice(chosen.at, "on AWS this stage would serve no route: set AutoDeploy: true, or a DeploymentId")
	}
	api.Stage = name
	api.Throttle = chosen.throttle(chosen.props.get("DefaultRouteSettings"))
	return chosen, chosen.stageVariables(api)
}

// checkStage refuses a name that AWS would refuse for a stage of a WebSocket API.
func checkStage(at pos, name string) error {
	switch {
	case name == "$default":
		return faultf(at, "a WebSocket API has no $default stage: name it without $")
	case !stageName.MatchString(name):
		return faultf(at, "stage %q: AWS takes 1 to 128 letters, digits, - or _", name)
	}
	return nil
}

// stageVariables evaluates a stage's variables. One that only AWS knows stays unset, with a Notice.
func (r *resource) stageVariables(api *API) error {
	variables, err := r.value("StageVariables")
	for _, e := range variables.allEntries() {
		if api.StageVariables == nil {
			api.StageVariables = map[string]string{}
		}
		switch {
		case unknown(e.value) != nil:
			r.notice(e.at, unset("stage variable "+e.key, e.value.text, "a value in the template"))
		case !e.value.scalar():
			return faultf(e.at, "stage variable %s must be a string, not %s", e.key, e.value.kind)
		default:
			api.StageVariables[e.key] = e.value.text
		}
	}
	return err
}

func (r *resource) routes(api API) ([]Route, error) {
	answered := r.scope.answered()
	var routes []Route
	for _, route := range r.scope.all(typeRoute) {
		if !route.names("ApiId", api.ID) {
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
		integration, found, err := route.integration(key, api)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		served := Route{Key: key, Integration: integration, Line: route.at.line}
		served.Response = answered[route]
		served.Undeclared = served.Response && route.props.get("RouteResponseSelectionExpression") == nil
		if err := route.authorization(&served, api); err != nil {
			return nil, err
		}
		route.routeNotices(answered[route])
		routes = append(routes, served)
	}
	if len(routes) == 0 {
		r.notice(r.at, "no routes: every message is answered with Forbidden")
	}
	return routes, nil
}

func (r *resource) routeNotices(answered bool) {
	if e := r.props.entry("RouteResponseSelectionExpression"); e != nil && !answered {
		r.notice(e.at, "no AWS::ApiGatewayV2::RouteResponse names this route, so as on AWS it answers nothing")
	}
	if answered && r.props.get("RouteResponseSelectionExpression") == nil {
		r.notice(r.at, "no RouteResponseSelectionExpression, so as AWS documents it answers nothing "+
			"(-switch lone-responses: it does, as in some examples of AWS's)")
	}
	if k := r.props.get("ApiKeyRequired"); k.truth() {
		r.notice(k.at, "localdev does not ask for API keys")
	}
	if m := r.props.get("RequestModels"); m != nil {
		r.notice(m.at, "localdev does not validate messages against models")
	}
}

// answered returns the routes that have a RouteResponse.
func (w *whole) answered() map[*resource]bool {
	routes := map[string]*resource{} // by what Ref gives
	for _, r := range w.all(typeRoute) {
		if id, err := r.ref(); err == nil {
			routes[id] = r
		}
	}
	answered := map[*resource]bool{}
	for _, r := range w.all(typeReply) {
		if id, err := r.text("RouteId"); err == nil && routes[id] != nil {
			answered[routes[id]] = true
		}
	}
	return answered
}
