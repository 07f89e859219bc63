package template

import (
	"slices"
	"strings"
)

// samAlias writes out the alias that SAM makes of AutoPublishAlias.
func (s *scope) samAlias(r *resource) {
	alias := r.props.entry("AutoPublishAlias")
	if alias == nil {
		return
	}
	name, err := s.eval(alias.value)
	if err != nil || !alphanumeric(strings.NewReplacer("-", "", "_", "").Replace(name.plainText())) {
		return // whoever refers to it hears of it
	}
	at, id := alias.at, r.id+"Alias"+name.text
	s.generate(r, id, typeAlias, at, mapNode(at, entry{"FunctionName", at, call(at, "Ref", textNode(at, r.id))},
		entry{"Name", at, name}))
	r.aliases = map[string]string{"Alias": id}
}

// generatedFor returns the SAM resource for which a name is generated, and what is appended to its
// ID; nil if there is none.
func (s *scope) generatedFor(name string) (*resource, string) {
	for _, r := range slices.Backward(s.order) {
		if rest, ok := strings.CutPrefix(name, r.id); ok && r.sam && samSuffix.MatchString(rest) {
			return r, rest
		}
	}
	return nil, ""
}

// generatedRef returns what Ref is of a resource that SAM generates and localdev has no use for.
func (s *scope) generatedRef(name string) string {
	r, suffix := s.generatedFor(name)
	switch {
	case r != nil && r.typ == typeFunction && strings.HasPrefix(suffix, "Version"):
		return s.arn("lambda", "function:"+r.physicalName()+":1")
	case r != nil && strings.HasSuffix(suffix, "Stage") && suffix != "Stage":
		return strings.TrimSuffix(suffix, "Stage")
	case r == nil && strings.HasSuffix(name, "ProdStage"):
		return "Prod"
	case r == nil && strings.HasPrefix(name, "Serverless"):
		return hash(10, s.opt.StackName, name)
	}
	return s.opt.StackName + "-" + name
}

// generatedAttribute returns an attribute of such a resource.
func (s *scope) generatedAttribute(name, attr string) string {
	r, suffix := s.generatedFor(name)
	full := s.opt.StackName + "-" + name
	switch {
	case attr == "FunctionUrl":
		return "https://" + hash(32, full) + ".lambda-url." + s.opt.Region + ".on.aws/"
	case r != nil && strings.HasPrefix(suffix, "Version") && attr == "Version":
		return "1"
	case attr == "Arn" && strings.HasSuffix(suffix, "Queue"):
		return s.arn("sqs", full)
	case attr == "Arn" && strings.HasSuffix(suffix, "Role"):
		return s.roleARN(full)
	}
	return full + "-" + attr
}
