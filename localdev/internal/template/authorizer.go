package template

import (
	"cmp"
	"strings"
)

// authorization fills in who may pass a route.
func (r *resource) authorization(route *Route, api API) error {
	typ, err := r.text("AuthorizationType")
	if err != nil {
		return err
	}
	typ = cmp.Or(typ, "NONE")
	at := r.at
	if n := r.props.get("AuthorizationType"); n != nil {
		at = n.at
	}
	if typ != "NONE" && typ != "AWS_IAM" && typ != "CUSTOM" {
		return faultf(at, "route %s: AuthorizationType %q: a WebSocket API takes NONE, AWS_IAM or CUSTOM", route.Key, typ)
	}
	if route.Key != "$connect" {
		if typ != "NONE" {
			r.notice(at, "a WebSocket API authorizes on $connect only: the "+typ+" authorization of route "+route.Key+
				" is not looked at")
		}
		return nil
	}
	route.Authorization = typ
	if typ != "CUSTOM" {
		return nil
	}
	id, err := r.text("AuthorizerId")
	if err != nil {
		return err
	}
	for _, a := range r.scope.all(typeAuthorizer) {
		own, err := a.ref()
		if err != nil {
			return err
		}
		if own == id {
			route.Authorizer, err = a.authorizer(api)
			return err
		}
	}
	if n := r.props.get("AuthorizerId"); n != nil {
		at = n.at
	}
	return faultf(at, "route %s: its AuthorizerId %q is no AWS::ApiGatewayV2::Authorizer of this template: write its Ref", route.Key, id)
}

func (r *resource) authorizer(api API) (*Authorizer, error) {
	typ, err := r.text("AuthorizerType")
	if err != nil {
		return nil, err
	}
	if typ != "REQUEST" {
		return nil, faultf(r.at, "authorizer %s: AuthorizerType %q: a WebSocket API takes REQUEST", r.id, typ)
	}
	at, uri, err := r.uri("AuthorizerUri", api)
	if err != nil {
		return nil, err
	}
	f, err := r.scope.target(at, "authorizer "+r.id, uri)
	if err != nil {
		return nil, err
	}
	a := &Authorizer{LogicalID: r.label, Function: f.LogicalID, Line: r.at.line}
	sources, err := r.value("IdentitySource")
	if err != nil {
		return nil, err
	}
	if sources.scalar() {
		sources = listNode(sources.at, sources)
	}
	if sources == nil {
		return a, nil
	}
	for _, source := range sources.list {
		text, err := plain(source, r.id+" IdentitySource")
		if err != nil {
			return nil, err
		}
		if !identitySource(text) {
			return nil, faultf(source.at, "authorizer %s: IdentitySource %q: a WebSocket API takes route.request.header.Name, "+
				"route.request.querystring.name, context.name or stageVariables.name", r.id, text)
		}
		a.IdentitySource = append(a.IdentitySource, text)
	}
	return a, nil
}

func identitySource(text string) bool {
	for _, prefix := range []string{"route.request.header.", "route.request.querystring.", "context.", "stageVariables."} {
		if rest, ok := strings.CutPrefix(text, prefix); ok && rest != "" {
			return true
		}
	}
	return false
}
