package template

import (
	"cmp"
	"slices"
	"strings"
)

// ref returns what {Ref: name} is on AWS. A nil value is AWS::NoValue.
func (s *scope) ref(at pos, name string) (*node, error) {
	if v, ok := s.pseudo(at, name); ok {
		return v, nil
	}
	if s.isParameter(name) {
		return s.parameterValue(name)
	}
	if r := s.resources[name]; r != nil {
		v, err := r.ref()
		return textNode(at, v), err
	}
	if r, attr := s.dotted(name); r != nil {
		return r.attribute(at, attr)
	}
	if s.generated(name) {
		return textNode(at, s.generatedRef(name)), nil
	}
	return nil, s.missing(at, name)
}

// getAtt returns what {Fn::GetAtt: [name, attr]} is on AWS.
func (s *scope) getAtt(at pos, name, attr string) (*node, error) {
	if r := s.resources[name]; r != nil {
		return r.attribute(at, attr)
	}
	if s.generated(name) {
		return textNode(at, s.generatedAttribute(name, attr)), nil
	}
	return nil, s.missing(at, name)
}

func (s *scope) missing(at pos, name string) error {
	var known []string
	for n := range s.declared {
		known = append(known, n)
	}
	for n := range s.resources {
		known = append(known, n)
	}
	return faultf(at, "nothing in the template is named %q%s", name, didYouMean(name, known))
}

// dotted resolves SAM's references to what it generates, e.g. !Ref Api.Stage.
func (s *scope) dotted(name string) (*resource, string) {
	id, attr, ok := strings.Cut(name, ".")
	if r := s.resources[id]; ok && r != nil && r.sam {
		return r, attr
	}
	return nil, ""
}

// ref returns what {Ref: r} is on AWS.
func (r *resource) ref() (string, error) {
	s := r.scope
	switch r.typ {
	case typeAPI:
		return hash(10, s.opt.StackName, r.id), nil
	case typeIntegration, typeRoute, typeReply, typeAuthorizer, typeIntegrationResponse:
		return hash(7, s.opt.StackName, r.id), nil
	case typeAlias, typeVersion:
		return r.qualified()
	case typeStack, typeApplication:
		return s.stackID(s.opt.StackName + "-" + r.id), nil
	case typeManagedPolicy:
		return "arn:" + s.partition() + ":iam::" + s.account + ":policy/" + r.physicalName(), nil
	case typeEdgeFunction:
		return "arn:" + s.partition() + ":cloudfront::" + s.account + ":function/" + r.physicalName(), nil
	case typeLayer, typeSAMLayer:
		return s.arn("lambda", "layer:"+r.physicalName()+":1"), nil
	case typeFunction, typeTable, typeGlobalTable, typeStage, typeRole:
		return r.physicalName(), nil
	}
	return r.invent(""), nil
}

// qualified returns the ARN of a Lambda alias or version.
func (r *resource) qualified() (string, error) {
	function, err := r.text("FunctionName")
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(function, "arn:") {
		function = r.scope.arn("lambda", "function:"+function)
	}
	if r.typ == typeVersion {
		return function + ":1", nil
	}
	return function + ":" + r.physicalName(), nil
}

// attribute returns an attribute of a resource. Those of resources that localdev does not run get a
// plausible value.
func (r *resource) attribute(at pos, attr string) (*node, error) {
	s := r.scope
	if id := r.aliases[attr]; id != "" {
		return s.ref(at, id)
	}
	if name, ok := strings.CutPrefix(attr, outputsOf); ok && (r.typ == typeStack || r.typ == typeApplication) {
		return r.output(at, name)
	}
	var known map[string]string
	switch r.typ {
	case typeAPI:
		id := hash(10, s.opt.StackName, r.id)
		known = map[string]string{"ApiId": id, "ApiEndpoint": "wss://" + id + ".execute-api." + s.opt.Region + "." + s.suffix()}
	case typeFunction:
		arn := s.arn("lambda", "function:"+r.physicalName())
		known = map[string]string{"Arn": arn, "SnapStartResponse.ApplyOn": "None", "SnapStartResponse.OptimizationStatus": "Off"}
		if r.sam {
			known["Version"] = arn + ":1"
		}
	case typeTable, typeGlobalTable:
		arn := s.arn("dynamodb", "table/"+r.physicalName())
		known = map[string]string{"Arn": arn, "StreamArn": arn + "/stream/2026-01-01T00:00:00.000", "TableId": hash(12, arn)}
	case typeRole:
		name := r.physicalName()
		known = map[string]string{"Arn": s.roleARN(name), "RoleId": "AROA" + strings.ToUpper(hash(17, name))}
	case typeAlias, typeVersion:
		arn, err := r.qualified()
		if err != nil {
			return nil, err
		}
		known = map[string]string{"AliasArn": arn, "FunctionArn": arn, "Version": "1"}
	case typeEdgeFunction:
		arn, err := r.ref()
		if err != nil {
			return nil, err
		}
		known = map[string]string{"FunctionARN": arn, "FunctionMetadata.FunctionARN": arn, "Stage": "LIVE"}
	case typeIntegration, typeRoute, typeReply, typeAuthorizer, typeIntegrationResponse:
		known = map[string]string{r.typ[strings.LastIndex(r.typ, ":")+1:] + "Id": hash(7, s.opt.StackName, r.id)}
	default:
		if own, err := r.value(attr); err == nil && own.scalar() {
			return own, nil // e.g. the Value of an SSM parameter, the CidrBlock of a VPC
		}
		return textNode(at, r.invent(attr)), nil
	}
	if v, ok := known[attr]; ok {
		return textNode(at, v), nil
	}
	var names []string
	for n := range known {
		names = append(names, n)
	}
	return nil, faultf(at, "%s (%s) has no attribute %q%s", r.id, r.typ, attr, didYouMean(attr, names))
}

// physicalName returns the name that a resource has on AWS: its own property for that, else
// {stack}-{logical ID}.
func (r *resource) physicalName() string {
	if r.name != "" {
		return r.name
	}
	otherwise := r.scope.opt.StackName + "-" + r.id
	if r.naming {
		r.breaks(faultf(r.at, "the name of %s depends on itself", r.id))
		return otherwise
	}
	r.naming = true
	defer func() { r.naming = false }()
	property := r.typ[strings.LastIndex(r.typ, ":")+1:] + "Name"
	if r.typ == typeGlobalTable {
		property = "TableName"
	}
	if r.props.get(property) == nil {
		property = "Name"
	}
	v, err := r.value(property)
	switch {
	case unknown(v) != nil:
		if r.runs() {
			r.notice(v.at, property+" "+onlyKnown(v.text)+"; here it is "+otherwise)
		}
		v = nil
	case err == nil && v != nil && !v.scalar():
		err = faultf(v.at, "%s %s must be a string, not %s", r.id, property, v.kind)
	}
	r.breaks(err)
	r.name = cmp.Or(v.plainText(), otherwise)
	return r.name
}

// runs reports whether localdev runs resources of this type, so that their names matter.
func (r *resource) runs() bool {
	return slices.Contains([]string{typeFunction, typeTable, typeGlobalTable, typeAPI, typeStage}, r.typ)
}

func isTable(r *resource) bool { return r.typ == typeTable || r.typ == typeGlobalTable }
