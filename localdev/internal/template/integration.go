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

// integration follows a route's Target. Not found is a route without one, which AWS does not
// deploy.
func (r *resource) integration(key string, api API) (Integration, bool, error) {
	target, err := r.text("Target")
	if err != nil {
		return Integration{}, false, err
	}
	if target == "" {
		r.notice(r.at, "route "+key+" has no Target and is not served")
		return Integration{}, false, nil
	}
	at := r.props.get("Target").at
	for _, i := range r.scope.all(typeIntegration) {
		id, err := i.ref()
		if err != nil {
			return Integration{}, false, err
		}
		if target == "integrations/"+id {
			read, err := i.integrate(key, api)
			return read, true, err
		}
	}
	return Integration{}, false, faultf(at, "route %s: its Target %q is no integration of this template: write integrations/ and the Ref of one", key, target)
}

func (r *resource) integrate(key string, api API) (Integration, error) {
	typ, err := r.text("IntegrationType")
	if err != nil {
		return Integration{}, err
	}
	i := Integration{Type: cmp.Or(typ, "AWS_PROXY"), Timeout: maxIntegrationTimeout, Line: r.at.line}
	ms, _, err := r.number("TimeoutInMillis", 29000, 50, 30000)
	if err != nil {
		return Integration{}, err
	}
	i.Timeout = min(max(time.Duration(ms)*time.Millisecond, minIntegrationTimeout), maxIntegrationTimeout)
	switch i.Type {
	case "AWS_PROXY":
	case "AWS", "MOCK", "HTTP", "HTTP_PROXY":
		if err := r.mapping(&i); err != nil {
			return Integration{}, err
		}
	default:
		return Integration{}, faultf(r.at, "integration %s: unknown IntegrationType %q%s", r.id, i.Type,
			didYouMean(i.Type, []string{"AWS_PROXY", "AWS", "MOCK", "HTTP", "HTTP_PROXY"}))
	}
	if i.Type == "MOCK" {
		return i, nil
	}
	if strings.HasPrefix(i.Type, "HTTP") {
		return i, r.backEnd(&i, key, api)
	}
	at, uri, err := r.uri("IntegrationUri", api)
	if err != nil {
		return Integration{}, err
	}
	if i.Type == "AWS" && strings.Contains(uri, ":apigateway:") && !strings.Contains(uri, ":lambda:path/") {
		err := r.awsService(&i, at, uri, key)
		return i, err
	}
	f, err := r.scope.target(at, "route "+key, uri)
	if err != nil {
		return Integration{}, err
	}
	i.Function = f.LogicalID
	return i, nil
}

// mapping reads what an integration makes of a request and of its response.
func (r *resource) mapping(i *Integration) error {
	var err error
	if i.RequestTemplates, err = r.texts("RequestTemplates"); err != nil {
		return err
	}
	if i.TemplateKey, err = r.text("TemplateSelectionExpression"); err != nil {
		return err
	}
	if i.Parameters, err = r.texts("RequestParameters"); err != nil {
		return err
	}
	if i.Passthrough, err = r.text("PassthroughBehavior"); err != nil {
		return err
	}
	i.Passthrough = cmp.Or(i.Passthrough, "WHEN_NO_MATCH")
	if known := []string{"WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"}; !slices.Contains(known, i.Passthrough) {
		return faultf(r.props.get("PassthroughBehavior").at, "integration %s: PassthroughBehavior %q is not one of %s",
			r.id, i.Passthrough, strings.Join(known, ", "))
	}
	own, err := r.ref()
	if err != nil {
		return err
	}
	for _, response := range r.scope.all(typeIntegrationResponse) {
		if !response.names("IntegrationId", own) {
			continue
		}
		ir := IntegrationResponse{}
		if ir.Key, err = response.text("IntegrationResponseKey"); err != nil {
			return err
		}
		if ir.Key == "" {
			return faultf(response.at, "integration response %s has no IntegrationResponseKey: write $default, or a pattern such as /2\\d\\d/", response.id)
		}
		if ir.Templates, err = response.texts("ResponseTemplates"); err != nil {
			return err
		}
		if ir.TemplateKey, err = response.text("TemplateSelectionExpression"); err != nil {
			return err
		}
		i.Responses = append(i.Responses, ir)
	}
	return nil
}

// target finds the function that an invocation URI names by its ARN; what calls it is said in
// errors, e.g. "route join".
func (s *scope) target(at pos, what, uri string) (*function, error) {
	arn := uri
	if _, rest, ok := strings.Cut(uri, ":lambda:path/2015-03-31/functions/"); ok {
		arn = strings.TrimSuffix(rest, "/invocations")
	}
	var names []string
	for _, f := range s.functions {
		own := s.arn("lambda", "function:"+f.Name)
		if arn == own || strings.HasPrefix(arn, own+":") {
			return f, nil
		}
		if arn == f.Name {
			return nil, faultf(at, "%s names function %s by its name; it needs the ARN: !GetAtt %s.Arn", what, f.LogicalID, f.LogicalID)
		}
		names = append(names, f.LogicalID)
	}
	for _, scope := range s.scopes {
		for _, r := range scope.order {
			if r.typ == typeFunction && !r.active && arn == s.arn("lambda", "function:"+r.physicalName()) {
				return s.stranger(at, r.label, "it does not exist here, as its condition "+r.condition.text+" does not hold"), nil
			}
		}
	}
	why := "it is not in the template"
	if unknown(textNode(at, arn)) != nil {
		why = "its ARN " + strings.TrimSuffix(onlyKnown(arn), ": write a value")
	}
	if name := nameInARN(arn); name != "" {
		return s.stranger(at, name, why), nil
	}
	hint := "it has none"
	if len(names) > 0 {
		hint = "its functions are " + strings.Join(names, ", ")
	}
	return nil, faultf(at, "%s calls %q, which is no function of this template: %s", what, arn, hint)
}
