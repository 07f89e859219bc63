package template

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Role is what the role of a function grants, as far as the templates say.
type Role struct {
	Name      string            // physical name
	LogicalID string            // of the role, or of the function that SAM makes it for
	Policies  []json.RawMessage // policy documents, resolved
	Managed   []string          // ARNs of AWS's own policies
	Unknown   string            // why nobody can tell here what it grants; "" when one can
}

const (
	typeRole          = "AWS::IAM::Role"
	typeRolePolicy    = "AWS::IAM::RolePolicy"
	typePolicy        = "AWS::IAM::Policy"
	typeManagedPolicy = "AWS::IAM::ManagedPolicy"
)

// role finds what a function may do. What cannot be told is no fault of the template.
func (f *function) role() Role {
	if f.resource == nil {
		return Role{LogicalID: f.LogicalID, Unknown: "the function is not in the template"}
	}
	s := f.scope
	role := Role{Name: s.opt.StackName + "-" + f.resource.id + "Role", LogicalID: f.LogicalID}
	err := s.readRole(f.resource, &role)
	if err == nil {
		err = s.openTables(&role)
	}
	if err != nil {
		role.Policies, role.Managed, role.Unknown = nil, nil, err.Error()
	}
	return role
}

// openTables adds the tables that have a policy of their own, which may grant what it likes.
func (s *scope) openTables(role *Role) error {
	for _, peer := range s.scopes {
		for _, r := range peer.of(typeTable, typeGlobalTable) {
			if !hasPolicy(r) {
				continue
			}
			arn, err := r.attribute(r.at, "Arn")
			if err != nil {
				return err
			}
			role.add(mapNode(r.at, entry{key: "Statement", value: mapNode(r.at, entry{key: "Effect", value: textNode(r.at, "Allow")},
				entry{key: "Action", value: textNode(r.at, "dynamodb:*")},
				entry{key: "Resource", value: listNode(r.at, arn, textNode(r.at, arn.text+"/*"))})}))
		}
	}
	return nil
}

func hasPolicy(table *resource) bool {
	for _, replica := range items(table.props.get("Replicas")) {
		if replica.get("ResourcePolicy") != nil {
			return true
		}
	}
	return table.props.get("ResourcePolicy") != nil
}

func (s *scope) readRole(function *resource, role *Role) error {
	if function.props.get("Role") == nil {
		return s.ownRole(function, role)
	}
	arn, err := function.text("Role")
	if err != nil {
		return errors.New("its role is only known on AWS")
	}
	return s.assumed(arn, role)
}

// assumed reads the role with that ARN.
func (s *scope) assumed(arn string, role *Role) error {
	for _, peer := range s.scopes {
		for _, r := range peer.of(typeRole) {
			if own, err := r.attribute(r.at, "Arn"); err == nil && own.text == arn {
				role.Name, role.LogicalID = r.name, r.label
				return peer.plainRole(r, role)
			}
		}
		for _, r := range peer.of(typeFunction) {
			name := peer.opt.StackName + "-" + r.id + "Role"
			if r.sam && r.props.get("Role") == nil && arn == peer.roleARN(name) {
				role.Name, role.LogicalID = name, r.label
				return peer.ownRole(r, role)
			}
		}
	}
	return errors.New("its role " + arn + " is not in the template")
}

func (s *scope) roleARN(name string) string {
	return "arn:" + s.partition() + ":iam::" + s.account + ":role/" + name
}

// plainRole reads an AWS::IAM::Role.
func (s *scope) plainRole(r *resource, role *Role) error {
	s.boundary(r)
	policies, err := r.value("Policies")
	if err != nil {
		return err
	}
	for _, p := range items(policies) {
		role.add(p.get("PolicyDocument"))
	}
	arns, err := r.value("ManagedPolicyArns")
	if err != nil {
		return err
	}
	for _, arn := range items(arns) {
		if err := s.manage(arn.text, role); err != nil {
			return err
		}
	}
	return s.attach(role)
}

// ownRole reads the policies of a function that SAM makes a role for. A plain function without a
// role has none.
func (s *scope) ownRole(function *resource, role *Role) error {
	if !function.sam {
		return nil
	}
	s.boundary(function)
	if s.connected(function) {
		return errors.New("a connector grants it what SAM works out")
	}
	role.Managed = append(role.Managed, s.awsPolicy("service-role/AWSLambdaBasicExecutionRole"))
	for _, e := range function.props.get("Events").allEntries() {
		if typ := e.value.get("Type"); typ.scalar() && typ.text == "DynamoDB" {
			role.Managed = append(role.Managed, s.awsPolicy("service-role/AWSLambdaDynamoDBExecutionRole"))
			break
		}
	}
	policies, err := function.value("Policies")
	if err != nil {
		return err
	}
	for _, p := range items(policies) {
		switch {
		case p.scalar() && strings.HasPrefix(p.text, "arn:"), p.scalar() && strings.Contains(p.text, onlyOnAWS):
			err = s.manage(p.text, role)
		case p.scalar():
			err = s.manage(s.awsPolicy(p.text), role)
		case p.get("Statement") != nil:
			role.add(p)
		case p.kind == kindMap && len(p.entries) == 1:
			err = s.samPolicy(p.entries[0], role)
		default:
			err = errors.New("one of its Policies is no policy")
		}
		if err != nil {
			return err
		}
	}
	return s.attach(role)
}

// items are those of a list, or the one that stands for a list of one.
func items(n *node) []*node {
	switch {
	case n == nil:
		return nil
	case n.kind == kindList:
		return n.list
	}
	return []*node{n}
}

func (r *Role) add(document *node) {
	r.Policies = append(r.Policies, document.appendJSON(nil))
}

// awsPolicy returns the ARN of a policy of AWS's own.
func (s *scope) awsPolicy(name string) string {
	return "arn:" + s.partition() + ":iam::aws:policy/" + name
}

// manage adds the managed policy with that ARN: one of a template, or AWS's.
func (s *scope) manage(arn string, role *Role) error {
	if strings.HasPrefix(arn, s.awsPolicy("")) {
		role.Managed = append(role.Managed, arn)
		return nil
	}
	for _, peer := range s.scopes {
		for _, r := range peer.of(typeManagedPolicy) {
			if own, err := r.ref(); err != nil || own != arn {
				continue
			}
			return peer.document(r, role)
		}
	}
	return errors.New("the policy " + arn + " of its role is not in the template")
}

func (s *scope) document(r *resource, role *Role) error {
	document, err := r.value("PolicyDocument")
	if err == nil {
		role.add(document)
	}
	return err
}

// attach adds the policies that name the role themselves.
func (s *scope) attach(role *Role) error {
	for _, peer := range s.scopes {
		for _, r := range peer.of(typePolicy, typeManagedPolicy, typeRolePolicy) {
			property := "Roles"
			if r.typ == typeRolePolicy {
				property = "RoleName"
			}
			names, err := r.value(property)
			if err != nil {
				return err
			}
			isOurs := func(n *node) bool { return n.text == role.Name }
			isAnyones := func(n *node) bool { return strings.Contains(n.text, onlyOnAWS) }
			switch list := items(names); {
			case slices.ContainsFunc(list, isOurs):
				if err := peer.document(r, role); err != nil {
					return err
				}
			case slices.ContainsFunc(list, isAnyones):
				return errors.New("the policy " + r.id + " may be for its role, which only AWS knows")
			}
		}
	}
	return nil
}

// boundary tells that a boundary of what a role may do plays no part.
func (s *scope) boundary(r *resource) {
	if e := r.props.entry("PermissionsBoundary"); e != nil {
		r.notice(e.at, "localdev does not look at permissions boundaries")
	}
}

// connected reports whether SAM adds what connectors of the function need to its role.
func (s *scope) connected(function *resource) bool {
	return function.connectors || slices.ContainsFunc(s.of("AWS::Serverless::Connector"), func(r *resource) bool {
		return r.props.get("Source").get("Id").scalar() && r.props.get("Source").get("Id").text == function.id
	})
}
