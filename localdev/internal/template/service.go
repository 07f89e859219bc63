package template

import "strings"

// unsupported says what localdev does not run, at the start and each time that it is asked for.
func (i *Integration) unsupported(r *resource, at pos, text string) {
	i.Unsupported = text
	r.notice(at, text)
}

// service reads an integration with a service of AWS that is not Lambda:
// arn:aws:apigateway:REGION:SERVICE:action/OPERATION.
func (s *scope) service(r *resource, i *Integration, at pos, uri, key string) error {
	_, rest, _ := strings.Cut(uri, ":apigateway:")
	_, rest, _ = strings.Cut(rest, ":") // behind the region
	name, operation, _ := strings.Cut(rest, ":")
	operation, isAction := strings.CutPrefix(operation, "action/")
	if name != "dynamodb" || !isAction || operation == "" {
		i.unsupported(r, at, "localdev calls no service but Lambda and DynamoDB: route "+key+", to "+name+
			", answers Internal server error")
		return nil
	}
	i.Service = operation
	if r.props.get("CredentialsArn") == nil {
		r.notice(r.at, "the integration has no CredentialsArn, without which DynamoDB refuses it on AWS: name a role")
		return nil
	}
	i.Role = &Role{}
	arn, err := r.text("CredentialsArn")
	if err != nil {
		i.Role.Unknown = "the role of the integration is only known on AWS"
		return nil
	}
	if err := s.assumed(arn, i.Role); err != nil {
		i.Role.Policies, i.Role.Managed, i.Role.Unknown = nil, nil, err.Error()
	}
	return nil
}
