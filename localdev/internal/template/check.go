package template

import (
	"regexp"
	"strings"
)

// samSuffix is what SAM appends to a logical ID for the resources that it generates.
var samSuffix = regexp.MustCompile(`^(Role|Version[0-9a-f]*|Alias\w*|Url|EventInvokeConfig|DomainName|\w*Permissions?|\w*Stage|\w*Deployment|\w*Authorizer|` +
	`\w*EventSourceMapping|\w*Route|\w*Integration|\w*ApiMapping|\w*RecordSet\w*|\w*EventInvokeConfig\w*|\w*Queue|\w*Rule\w*)$`)

// generated reports whether SAM would generate a resource of this name, one that localdev has no use for.
func (s *scope) generated(name string) bool {
	if !s.serverless {
		return false
	}
	for _, p := range []string{"ServerlessRestApi", "ServerlessHttpApi", "ServerlessDeploymentApplication", "CodeDeployServiceRole"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	for _, r := range s.order {
		if rest, ok := strings.CutPrefix(name, r.id); ok && r.sam && samSuffix.MatchString(rest) {
			return true
		}
	}
	return false
}

// checkNames refuses references to names that do not exist, also where localdev would never look.
func (s *scope) checkNames(root *node) error {
	for _, section := range []string{"Resources", "Outputs"} {
		for _, e := range root.get(section).allEntries() {
			if strings.HasPrefix(e.key, "Fn::") {
				continue
			}
			if err := s.checkNode(e.value); err != nil {
				return err
			}
			if err := s.checkDependsOn(e.value.get("DependsOn")); err != nil {
				return err
			}
		}
	}
	for _, n := range s.looped {
		if err := s.checkNode(n); err != nil {
			return err
		}
	}
	return s.checkNode(root.get("Globals"))
}

func (s *scope) checkDependsOn(n *node) error {
	if n.scalar() {
		n = listNode(n.at, n)
	}
	if n == nil {
		return nil
	}
	for _, d := range n.list {
		if d.scalar() && s.resources[d.text] == nil && !s.generated(d.text) {
			return s.missing(d.at, d.text)
		}
	}
	return nil
}

// checkNode walks one value.
func (s *scope) checkNode(n *node) error {
	if n == nil {
		return nil
	}
	if s.visits++; s.visits > maxVisits {
		return faultf(n.at, "too much to evaluate: aliases multiply here")
	}
	function, arg := n.intrinsic()
	switch {
	case function == "Ref" && arg.scalar():
		return s.checkName(arg.at, arg.text)
	case function == "Fn::GetAtt":
		name, _, err := s.attributeName(n.at, arg)
		if err != nil {
			return err
		}
		return s.checkName(arg.at, name)
	case function == "Fn::Sub":
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
	case function == "Fn::Transform" || strings.HasPrefix(function, loopPrefix):
		return nil
	case strings.HasPrefix(function, "Fn::") && !isFunction(function):
		return unknownFunction(n.at, function)
	}
	for _, item := range n.list {
		if err := s.checkNode(item); err != nil {
			return err
		}
	}
	for _, e := range n.entries {
		if err := s.checkNode(e.value); err != nil {
			return err
		}
	}
	return nil
}

func (s *scope) checkName(at pos, name string) error {
	if _, ok := s.pseudo(at, name); ok || s.params[name] != nil || s.resources[name] != nil {
		return nil
	}
	if r, _ := s.dotted(name); r != nil || s.generated(name) {
		return nil
	}
	return s.missing(at, name)
}
