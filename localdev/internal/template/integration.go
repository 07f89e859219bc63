package template

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

const (
	minIntegrationTimeout = 50 * time.Millisecond
	maxIntegrationTimeout = 29 * time.Second
)

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
	ms, _, err := s.number(r, "TimeoutInMillis", 29000, 50, 30000)
	if err != nil {
		return Integration{}, err
	}
	i.Timeout = min(max(time.Duration(ms)*time.Millisecond, minIntegrationTimeout), maxIntegrationTimeout)
	switch i.Type {
	case "AWS_PROXY":
	case "AWS", "MOCK":
		if err := s.mapping(r, &i); err != nil {
			return Integration{}, err
		}
	case "HTTP", "HTTP_PROXY":
		s.notice(r, r.at, "localdev calls no HTTP back ends: route "+key+" answers Internal server error")
		return i, nil
	default:
		return Integration{}, faultf(r.at, "integration %s: unknown IntegrationType %q%s", r.id, i.Type,
			didYouMean(i.Type, []string{"AWS_PROXY", "AWS", "MOCK", "HTTP", "HTTP_PROXY"}))
	}
	if i.Type == "MOCK" {
		return i, nil
	}
	at, uri, err := s.uri(r, "IntegrationUri", api)
	if err != nil {
		return Integration{}, err
	}
	if i.Type == "AWS" && strings.Contains(uri, ":apigateway:") && !strings.Contains(uri, ":lambda:path/") {
		s.notice(r, at, "localdev calls no service but Lambda: route "+key+" answers Internal server error")
		return i, nil
	}
	f, err := s.target(at, "route "+key, uri, functions)
	if err != nil {
		return Integration{}, err
	}
	i.Function = f.LogicalID
	return i, nil
}

// uri evaluates a property that is an invocation URI, with the stage's variables in place.
func (s *scope) uri(r *resource, property string, api API) (pos, string, error) {
	at := r.at
	if n := r.props.get(property); n != nil {
		at = n.at
	}
	uri, err := s.text(r, property)
	for name, value := range api.StageVariables {
		uri = strings.ReplaceAll(uri, "${stageVariables."+name+"}", value)
	}
	return at, uri, err
}

// mapping reads what an integration makes of a request and of its response.
func (s *scope) mapping(r *resource, i *Integration) error {
	var err error
	if i.RequestTemplates, err = s.texts(r, "RequestTemplates"); err != nil {
		return err
	}
	if i.TemplateKey, err = s.text(r, "TemplateSelectionExpression"); err != nil {
		return err
	}
	if i.Parameters, err = s.texts(r, "RequestParameters"); err != nil {
		return err
	}
	if i.Passthrough, err = s.text(r, "PassthroughBehavior"); err != nil {
		return err
	}
	i.Passthrough = cmp.Or(i.Passthrough, "WHEN_NO_MATCH")
	if known := []string{"WHEN_NO_MATCH", "NO_TEMPLATES", "NEVER"}; !slices.Contains(known, i.Passthrough) {
		return faultf(r.props.get("PassthroughBehavior").at, "integration %s: PassthroughBehavior %q is not one of %s",
			r.id, i.Passthrough, strings.Join(known, ", "))
	}
	own, err := s.refValue(r.at, r)
	if err != nil {
		return err
	}
	for _, response := range s.of(typeIntegrationResponse) {
		id, err := s.text(response, "IntegrationId")
		if err != nil {
			return err
		}
		if id != own {
			continue
		}
		ir := IntegrationResponse{}
		if ir.Key, err = s.text(response, "IntegrationResponseKey"); err != nil {
			return err
		}
		if ir.Key == "" {
			return faultf(response.at, "integration response %s has no IntegrationResponseKey: write $default, or a pattern such as /2\\d\\d/", response.id)
		}
		if ir.Templates, err = s.texts(response, "ResponseTemplates"); err != nil {
			return err
		}
		if ir.TemplateKey, err = s.text(response, "TemplateSelectionExpression"); err != nil {
			return err
		}
		i.Responses = append(i.Responses, ir)
	}
	return nil
}

// texts evaluates a property that is a map of strings; nil when it is absent.
func (s *scope) texts(r *resource, property string) (map[string]string, error) {
	v, err := s.eval(r.props.get(property))
	if err != nil || v == nil {
		return nil, err
	}
	if v.kind != kindMap {
		return nil, faultf(v.at, "%s %s must be a map, not %s", r.id, property, v.kind)
	}
	out := map[string]string{}
	for _, e := range v.entries {
		text, err := s.plain(e.value, r.id+" "+property+" "+e.key)
		if err != nil {
			return nil, err
		}
		out[e.key] = text
	}
	return out, nil
}

// target finds the function that an invocation URI names by its ARN; what calls it is said in errors, e.g. "route join".
func (s *scope) target(at pos, what, uri string, functions []*function) (*function, error) {
	arn := uri
	if _, rest, ok := strings.Cut(uri, ":lambda:path/2015-03-31/functions/"); ok {
		arn = strings.TrimSuffix(rest, "/invocations")
	}
	var names []string
	for _, f := range functions {
		own := s.arn("lambda", "function:"+f.Name)
		if arn == own || strings.HasPrefix(arn, own+":") {
			return f, nil
		}
		if arn == f.Name {
			return nil, faultf(at, "%s names function %s by its name; it needs the ARN: !GetAtt %s.Arn", what, f.LogicalID, f.LogicalID)
		}
		names = append(names, f.LogicalID)
	}
	for _, r := range s.order {
		if r.typ == typeFunction && !r.active && arn == s.arn("lambda", "function:"+cmp.Or(r.name, s.opt.StackName+"-"+r.id)) {
			return nil, faultf(at, "%s calls function %s, which does not exist here: its condition %s does not hold", what, r.id, r.condition.text)
		}
	}
	hint := "it has none"
	if len(names) > 0 {
		hint = "its functions are " + strings.Join(names, ", ")
	}
	return nil, faultf(at, "%s calls %q, which is no function of this template: %s", what, arn, hint)
}
