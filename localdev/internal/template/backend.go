package template

import (
	"cmp"
	"net/http"
	"strings"
)

// unsupported says what localdev does not run, at the start and each time that it is asked for.
func (i *Integration) unsupported(r *resource, at pos, text string) {
	i.Unsupported = text
	r.notice(at, text)
}

// awsService reads an integration with a service of AWS that is not Lambda:
// arn:aws:apigateway:REGION:SERVICE:action/OPERATION.
func (r *resource) awsService(i *Integration, at pos, uri, key string) error {
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
	i.Role.Name = arn[strings.LastIndexByte(arn, '/')+1:]
	i.Role.LogicalID = i.Role.Name
	err = r.scope.assumed(arn, i.Role)
	if err == nil {
		err = r.scope.openTables(i.Role)
	}
	if err != nil {
		i.Role.Policies, i.Role.Managed, i.Role.Unknown = nil, nil, err.Error()
	}
	return nil
}

// backEnd reads an integration with something that speaks HTTP.
func (r *resource) backEnd(i *Integration, key string, api API) error {
	at, uri, err := r.uri("IntegrationUri", api)
	answers := ": route " + key + " answers Internal server error"
	if err != nil {
		i.unsupported(r, at, "its IntegrationUri is only known on AWS"+answers)
		return nil
	}
	connection, err := r.text("ConnectionType")
	if err != nil {
		return err
	}
	method, err := r.text("IntegrationMethod")
	if err != nil {
		return err
	}
	switch {
	case connection == "VPC_LINK":
		i.unsupported(r, r.at, "localdev reaches no VPC, and so no VPC link"+answers)
	case !strings.HasPrefix(uri, "http://") && !strings.HasPrefix(uri, "https://"):
		i.unsupported(r, at, "its IntegrationUri is no http:// or https:// URL"+answers)
	default:
		i.URL, i.Method = uri, cmp.Or(method, http.MethodPost)
		if i.Method == "ANY" {
			i.Method = http.MethodPost
		}
	}
	return nil
}
