package template

import (
	"slices"
	"strings"
)

const (
	typeFunction    = "AWS::Lambda::Function"
	typeTable       = "AWS::DynamoDB::Table"
	typeGlobalTable = "AWS::DynamoDB::GlobalTable"
	typeAPI         = "AWS::ApiGatewayV2::Api"
	typeStage       = "AWS::ApiGatewayV2::Stage"
	typeRoute       = "AWS::ApiGatewayV2::Route"
	typeIntegration = "AWS::ApiGatewayV2::Integration"
	typeReply       = "AWS::ApiGatewayV2::RouteResponse"
	typeAuthorizer  = "AWS::ApiGatewayV2::Authorizer"
	typeMapping     = "AWS::Lambda::EventSourceMapping"
	typeEventInvoke = "AWS::Lambda::EventInvokeConfig"

	typeIntegrationResponse = "AWS::ApiGatewayV2::IntegrationResponse"
)

// newScope reads the sections of a template and checks the names in it.
func newScope(root *node, opt Options) (*scope, error) {
	list := root.entry("Resources")
	if root.kind != kindMap || list == nil || list.value.kind != kindMap || len(list.value.entries) == 0 {
		at := pos{line: 1, col: 1}
		if list != nil {
			at = list.at
		}
		return nil, faultf(at, "no Resources: not a SAM or CloudFormation template")
	}
	s := &scope{opt: opt, account: "123456789012", mappings: root.get("Mappings"), conditions: map[string]*condition{}, resources: map[string]*resource{}}
	s.serverless = usesSAM(root)
	suggested := root.get("Metadata").get("localdev")
	s.suggested = suggested.get("Parameters")
	var err error
	if s.tags, err = buildTags(suggested.get("BuildTags")); err != nil {
		return nil, err
	}
	if err := s.parameters(root.get("Parameters")); err != nil {
		return nil, err
	}
	for _, e := range root.get("Conditions").allEntries() {
		s.conditions[e.key] = &condition{at: e.at, node: e.value}
	}
	for _, e := range list.value.entries {
		if err := s.add(e, root.get("Globals")); err != nil {
			return nil, err
		}
	}
	s.overrideStage()
	if err := s.checkNames(root); err != nil {
		return nil, err
	}
	return s, s.activate()
}

// activate finds which resources exist under the template's conditions.
func (s *scope) activate() error {
	for _, r := range s.order {
		r.active = true
		if r.condition == nil {
			continue
		}
		yes, err := s.holds(r.condition.at, r.condition.text)
		if err != nil {
			return err
		}
		r.active = yes
	}
	return nil
}

// add takes up one entry of Resources, and what SAM makes of it.
func (s *scope) add(e entry, globals *node) error {
	if strings.HasPrefix(e.key, loopPrefix) {
		return s.loop(e, globals)
	}
	if strings.HasPrefix(e.key, "Fn::") {
		s.notices = append(s.notices, Notice{
			LogicalID: e.key, Line: e.at.line, Text: "macros run on AWS only: write out the resources that this yields",
		})
		return nil
	}
	typ := e.value.get("Type")
	if !typ.scalar() {
		return faultf(e.at, "resource %s has no Type", e.key)
	}
	if err := checkType(typ.at, e.key, typ.text); err != nil {
		return err
	}
	r := &resource{scope: s, id: e.key, typ: typ.text, at: e.at, props: e.value.get("Properties"), meta: e.value.get("Metadata")}
	r.sam = strings.HasPrefix(r.typ, "AWS::Serverless::")
	r.connectors = e.value.get("Connectors") != nil
	if r.props == nil {
		r.props = mapNode(e.at)
	}
	if c := e.value.get("Condition"); c.scalar() {
		r.condition = c
	}
	s.serverless = s.serverless || r.sam
	s.put(r)
	switch r.typ {
	case "AWS::Serverless::Function":
		r.typ = typeFunction
		r.props = merge(globals.get("Function"), r.props)
		s.streamEvents(r)
		s.samEventInvoke(r)
	case "AWS::Serverless::SimpleTable":
		r.typ = typeTable
		r.props = simpleTable(merge(globals.get("SimpleTable"), r.props))
	case "AWS::Serverless::WebSocketApi":
		r.props = merge(globals.get("WebSocketApi"), r.props)
		return s.expandWebSocketAPI(r)
	}
	return nil
}

func (s *scope) put(r *resource) {
	if old := s.resources[r.id]; old != nil {
		s.order = slices.DeleteFunc(s.order, func(o *resource) bool { return o == old })
	}
	s.resources[r.id] = r
	s.order = append(s.order, r)
}

func usesSAM(root *node) bool {
	transforms := root.get("Transform")
	if transforms.scalar() {
		transforms = listNode(transforms.at, transforms)
	}
	if transforms == nil {
		return false
	}
	return slices.ContainsFunc(transforms.list, func(n *node) bool { return strings.HasPrefix(n.text, "AWS::Serverless-") })
}

// overrideStage gives the stages the name of Options.Stage. A parameter that names the stage follows, as a template
// often builds its URLs from that parameter.
func (s *scope) overrideStage() {
	if s.opt.Stage == "" {
		return
	}
	for _, r := range s.order {
		if r.typ != typeStage {
			continue
		}
		if name := r.props.get("StageName"); name != nil {
			if function, arg := name.intrinsic(); function == "Ref" && arg.scalar() && s.params[arg.text] != nil {
				s.params[arg.text] = textNode(arg.at, s.opt.Stage)
			}
		}
		r.props = r.props.with("StageName", textNode(r.at, s.opt.Stage))
	}
}
