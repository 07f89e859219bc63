package template

import (
	"regexp"
	"slices"
	"strings"
)

// samSuffix is what SAM appends to a logical ID for the resources that it generates.
var samSuffix = regexp.MustCompile(`^(Role|Version[0-9a-f]*|Alias\w*|Url|EventInvokeConfig|DomainName|` +
	`\w*Permissions?|\w*Stage|\w*Deployment\w*|\w*Authorizer|\w*EventSourceMapping|\w*Route|\w*Integration|` +
	`\w*ApiMapping|\w*RecordSet\w*|\w*EventInvokeConfig\w*|\w*Queue|\w*Rule\w*)$`)

// generated reports whether SAM would generate a resource of this name, one that localdev has no
// use for.
func (s *scope) generated(name string) bool {
	if !s.serverless {
		return false
	}
	for _, p := range []string{"ServerlessRestApi", "ServerlessHttpApi", "ServerlessDeploymentApplication", "CodeDeployServiceRole"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	r, _ := s.generatedFor(name)
	return r != nil
}

// refused ends what is said of a mistake that matters for nothing here.
const refused = "; AWS would refuse the template"

// wanted are the properties that localdev reads of the types that it runs. What is wrong with one
// of them stops the start, breaks a function, or leaves out a table; all else is a Notice.
var wanted = map[string][]string{
	typeAPI: {
		"Auth", "DefaultRouteSettings", "Domain", "ProtocolType", "RouteSelectionExpression", "RouteSettings", "Routes",
		"StageName", "StageVariables",
	},
	typeStage: {"ApiId", "AutoDeploy", "DefaultRouteSettings", "RouteSettings", "StageName", "StageVariables"},
	typeRoute: {"ApiId", "AuthorizationType", "AuthorizerId", "RouteKey", "RouteResponseSelectionExpression", "Target"},
	typeReply: {"ApiId", "RouteId", "RouteResponseKey"},
	typeIntegration: {
		"ApiId", "IntegrationType", "IntegrationUri", "PassthroughBehavior", "RequestParameters", "RequestTemplates",
		"TemplateSelectionExpression", "TimeoutInMillis",
	},
	typeIntegrationResponse: {
		"ApiId", "IntegrationId", "IntegrationResponseKey", "ResponseTemplates", "TemplateSelectionExpression",
	},
	typeAuthorizer: {"ApiId", "AuthorizerType", "AuthorizerUri", "IdentitySource"},
	typeFunction: {
		"AutoPublishAlias", "Code", "CodeUri", "Environment", "FunctionName", "Handler", "ImageUri", "InlineCode",
		"Layers", "MemorySize", "PackageType", "ReservedConcurrentExecutions", "Runtime", "Timeout",
	},
	typeTable:       append([]string{"TableName"}, tableProperties...),
	typeGlobalTable: append([]string{"TableName"}, tableProperties...),
}

// checkNames finds references to names that do not exist, also where localdev would never look.
func (s *scope) checkNames() error {
	for _, r := range s.order {
		if !r.active {
			continue
		}
		for _, e := range r.props.allEntries() {
			err := s.checkNode(mapNode(e.at, e))
			if err != nil && !slices.Contains(wanted[r.typ], e.key) {
				r.excuse(err, refused)
				continue
			}
			r.breaks(err)
		}
		switch {
		case r.broken == nil || r.typ == typeFunction || isTable(r):
		case wanted[r.typ] != nil:
			return r.broken
		default:
			r.excuse(r.broken, refused)
		}
		s.checkDependsOn(r)
	}
	for _, e := range s.outputs {
		if err := s.checkNode(e.value); err != nil {
			n := noticeOf(e.key, err)
			n.Text += refused
			s.notices = append(s.notices, n)
		}
	}
	return nil
}

func (s *scope) checkDependsOn(r *resource) {
	for _, d := range items(r.dependsOn) {
		if d.scalar() && s.resources[d.text] == nil && !s.generated(d.text) {
			r.excuse(s.missing(d.at, d.text), refused)
		}
	}
}

// checkNode walks one value.
func (s *scope) checkNode(n *node) error {
	if n == nil {
		return nil
	}
	if err := s.visit(n.at); err != nil {
		return err
	}
	function, arg := n.intrinsic()
	switch {
	case function == "Ref":
		name, err := s.refName(arg.at, arg)
		if err != nil || unknown(name) != nil {
			return err
		}
		return s.checkName(arg.at, name.text)
	case function == "Fn::GetAtt":
		name, attr, err := s.attributeName(n.at, arg)
		if err != nil || unknown(textNode(n.at, name+attr)) != nil {
			return err
		}
		return s.checkName(arg.at, name)
	case function == "Fn::Sub":
		return s.checkSub(arg)
	case function == "Fn::Transform":
		return nil
	case strings.HasPrefix(function, "Fn::") && !strings.HasPrefix(function, loopPrefix) && !isFunction(function):
		return unknownFunction(n.at, function)
	}
	for _, item := range n.list {
		if err := s.checkNode(item); err != nil {
			return err
		}
	}
	entries, err := s.unrolled(n.entries)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := s.checkNode(e.value); err != nil {
			return err
		}
	}
	return nil
}

func (s *scope) checkSub(arg *node) error {
	format, vars := arg, (*node)(nil)
	if arg.kind == kindList && len(arg.list) == 2 {
		format, vars = arg.list[0], arg.list[1]
	}
	err := eachVariable(format.text, func(_, name string) error {
		if name == "" || vars.entry(name) != nil {
			return nil
		}
		if s.resources[name] == nil {
			name, _, _ = strings.Cut(name, ".")
		}
		return s.checkName(format.at, name)
	})
	if err != nil {
		return err
	}
	return s.checkNode(vars)
}

func (s *scope) checkName(at pos, name string) error {
	if _, ok := s.pseudo(at, name); ok || s.isParameter(name) || s.resources[name] != nil {
		return nil
	}
	if r, _ := s.dotted(name); r != nil || s.generated(name) {
		return nil
	}
	return s.missing(at, name)
}
