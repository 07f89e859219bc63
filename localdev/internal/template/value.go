package template

import (
	"cmp"
	"strings"
)

// ref returns what {Ref: name} is on AWS. A nil value is AWS::NoValue.
func (s *scope) ref(at pos, name string) (*node, error) {
	if v, ok := s.pseudo(at, name); ok {
		return v, nil
	}
	if v, ok := s.params[name]; ok {
		return v, nil
	}
	if r := s.resources[name]; r != nil {
		v, err := r.ref()
		return textNode(at, v), err
	}
	if r, attr := s.dotted(name); r != nil {
		return r.attribute(at, attr)
	}
	if s.generated(name) {
		return textNode(at, s.opt.StackName+"-"+name), nil
	}
	return nil, s.missing(at, name)
}

// getAtt returns what {Fn::GetAtt: [name, attr]} is on AWS.
func (s *scope) getAtt(at pos, name, attr string) (*node, error) {
	if r := s.resources[name]; r != nil {
		return r.attribute(at, attr)
	}
	if s.generated(name) {
		return textNode(at, s.roleARN(s.opt.StackName+"-"+name)), nil
	}
	return nil, s.missing(at, name)
}

func (s *scope) missing(at pos, name string) error {
	var known []string
	for n := range s.params {
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

func (r *resource) ref() (string, error) {
	s := r.scope
	switch r.typ {
	case typeAPI:
		return hash(10, s.opt.StackName, r.id), nil
	case typeIntegration, typeRoute, typeReply, typeAuthorizer, typeIntegrationResponse:
		return hash(7, s.opt.StackName, r.id), nil
	case "AWS::Lambda::Alias", "AWS::Lambda::Version":
		return r.qualified()
	}
	name, err := r.physicalName()
	if err != nil {
		return "", err
	}
	switch r.typ {
	case typeManagedPolicy:
		return "arn:" + s.partition() + ":iam::" + s.account + ":policy/" + name, nil
	case typeEdgeFunction:
		return "arn:" + s.partition() + ":cloudfront::" + s.account + ":function/" + name, nil
	case "AWS::SNS::Topic":
		return s.arn("sns", name), nil
	case "AWS::SQS::Queue":
		return "https://sqs." + s.opt.Region + "." + s.suffix() + "/" + s.account + "/" + name, nil
	case "AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine":
		return s.arn("states", "stateMachine:"+name), nil
	}
	return name, nil
}

// qualified returns the ARN of a Lambda alias or version.
func (r *resource) qualified() (string, error) {
	s := r.scope
	function, err := r.text("FunctionName")
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(function, "arn:") {
		function = s.arn("lambda", "function:"+function)
	}
	if r.typ == "AWS::Lambda::Version" {
		return function + ":1", nil
	}
	name, err := r.physicalName()
	return function + ":" + name, err
}

// attribute returns an attribute of a resource. Those of resources that localdev does not run get a plausible value.
func (r *resource) attribute(at pos, attr string) (*node, error) {
	s := r.scope
	if id := r.aliases[attr]; id != "" {
		return s.ref(at, id)
	}
	name, err := r.physicalName()
	if err != nil {
		return nil, err
	}
	var known map[string]string
	switch r.typ {
	case typeAPI:
		id := hash(10, s.opt.StackName, r.id)
		known = map[string]string{"ApiId": id, "ApiEndpoint": "wss://" + id + ".execute-api." + s.opt.Region + "." + s.suffix()}
	case typeFunction:
		arn := s.arn("lambda", "function:"+name)
		known = map[string]string{"Arn": arn, "SnapStartResponse.ApplyOn": "None", "SnapStartResponse.OptimizationStatus": "Off"}
		if r.sam {
			known["Alias"], known["Version"] = arn+":live", arn+":1"
		}
	case typeTable, typeGlobalTable:
		arn := s.arn("dynamodb", "table/"+name)
		known = map[string]string{"Arn": arn, "StreamArn": arn + "/stream/2026-01-01T00:00:00.000", "TableId": hash(12, arn)}
	case typeRole:
		known = map[string]string{"Arn": s.roleARN(name), "RoleId": "AROA" + strings.ToUpper(hash(17, name))}
	case typeEdgeFunction:
		arn, err := r.ref()
		if err != nil {
			return nil, err
		}
		known = map[string]string{"FunctionARN": arn, "FunctionMetadata.FunctionARN": arn, "Stage": "LIVE"}
	case typeIntegration, typeRoute, typeReply, typeAuthorizer, typeIntegrationResponse:
		known = map[string]string{r.typ[strings.LastIndex(r.typ, ":")+1:] + "Id": hash(7, s.opt.StackName, r.id)}
	default:
		if strings.HasSuffix(attr, "Arn") {
			service := strings.ToLower(strings.Split(r.typ+"::", "::")[1])
			return textNode(at, s.arn(service, name)), nil
		}
		return textNode(at, name+"-"+strings.ReplaceAll(attr, ".", "-")), nil
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

// physicalName returns the name that a resource has on AWS: its own property for that, else {stack}-{logical ID}.
func (r *resource) physicalName() (string, error) {
	s := r.scope
	if r.name != "" {
		return r.name, nil
	}
	if r.naming {
		return "", faultf(r.at, "the name of %s depends on itself", r.id)
	}
	r.naming = true
	defer func() { r.naming = false }()
	property := r.typ[strings.LastIndex(r.typ, ":")+1:] + "Name"
	switch r.typ {
	case typeAPI, typeEdgeFunction, "AWS::Lambda::Alias":
		property = "Name"
	case typeGlobalTable:
		property = "TableName"
	}
	name, err := r.text(property)
	if err != nil && s.runs(r) {
		return "", err
	}
	r.name = cmp.Or(name, s.opt.StackName+"-"+r.id)
	return r.name, nil
}

// runs reports whether localdev runs resources of this type, so that their names matter.
func (s *scope) runs(r *resource) bool {
	switch r.typ {
	case typeFunction, typeTable, typeGlobalTable, typeAPI, typeStage:
		return true
	}
	return false
}
