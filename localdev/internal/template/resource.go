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
	typeAlias       = "AWS::Lambda::Alias"
	typeVersion     = "AWS::Lambda::Version"

	typeIntegrationResponse = "AWS::ApiGatewayV2::IntegrationResponse"
)

// open reads the sections of the template.
func (s *scope) open() error {
	list := s.root.entry("Resources")
	if s.root.kind != kindMap || list == nil || list.value.kind != kindMap || len(list.value.entries) == 0 {
		at := pos{file: s.path, line: 1, col: 1}
		if list != nil {
			at = list.at
		}
		return faultf(at, "no Resources: not a SAM or CloudFormation template%s%s",
			foreign(s.path, s.root), ratherThan(s.root, "Resources"))
	}
	s.scopes = append(s.scopes, s)
	s.account, s.mappings = s.opt.account, s.root.get("Mappings")
	s.conditions, s.resources, s.exports = map[string]*condition{}, map[string]*resource{}, map[string]bool{}
	s.serverless = usesSAM(s.root)
	s.noteMisspelt("", "a template", s.root, sections)
	s.noteMisspelt("Globals", "Globals", s.root.get("Globals"), globalSections)
	suggested := s.root.get("Metadata").get("localdev")
	s.suggested = suggested.get("Parameters")
	var err error
	if s.tags, err = buildTags(suggested.get("BuildTags")); err != nil {
		return err
	}
	if err := s.parameters(s.root.get("Parameters")); err != nil {
		return err
	}
	conditions, err := s.unrolled(s.root.get("Conditions").allEntries())
	if err != nil {
		return err
	}
	for _, e := range conditions {
		s.conditions[e.key] = &condition{at: e.at, node: e.value}
	}
	resources, err := s.included(list.value.entries)
	if err != nil {
		return err
	}
	if len(resources) > maxLooped && len(resources) > len(list.value.entries) {
		return faultf(list.at, "its loops make more than %d resources, which is more than CloudFormation takes", maxLooped)
	}
	for _, e := range resources {
		if err := s.add(e, s.root.get("Globals")); err != nil {
			return err
		}
	}
	s.noteTransform()
	s.noteMacros()
	s.overrideStage()
	if s.outputs, err = s.unrolled(s.root.get("Outputs").allEntries()); err != nil {
		s.notices = append(s.notices, noticeOf("Outputs", err))
		s.outputs = nil
	}
	return nil
}

// activate finds which resources exist under the template's conditions.
func (s *scope) activate() {
	for _, r := range s.order {
		r.active = true
		if r.condition == nil {
			continue
		}
		yes, err := s.holds(r.condition.at, r.condition.text)
		if r.breaks(err) {
			continue
		}
		r.active = yes
	}
}

// breaks keeps the first fault of a resource.
func (r *resource) breaks(err error) bool {
	if err != nil && r.broken == nil {
		r.broken = asFault(r.at, err)
	}
	return err != nil
}

// add takes up one entry of Resources, and what SAM makes of it.
func (s *scope) add(e entry, globals *node) error {
	if strings.HasPrefix(e.key, "Fn::") {
		s.notices = append(s.notices, Notice{
			LogicalID: e.key, File: e.at.file, Line: e.at.line,
			Text: "macros run on AWS only: write out the resources that this yields",
		})
		return nil
	}
	typ := e.value.get("Type")
	if !typ.scalar() {
		return faultf(e.at, "resource %s has no Type%s", e.key, ratherThan(e.value, "Type"))
	}
	r := &resource{
		scope: s, id: e.key, typ: typ.text, at: e.at, props: e.value.get("Properties"), meta: e.value.get("Metadata"),
		dependsOn: e.value.get("DependsOn"), sam: strings.HasPrefix(typ.text, "AWS::Serverless::"),
		connectors: e.value.get("Connectors") != nil,
	}
	s.noteMisspelt(r.id, "a resource", e.value, attributes)
	if err := r.checkType(typ.at); err != nil {
		return err
	}
	var err error
	if r.props, err = s.chosen(r.props); r.breaks(err) || r.props == nil || r.props.kind != kindMap {
		r.props = mapNode(e.at)
	}
	if c := e.value.get("Condition"); c.scalar() {
		r.condition = c
	}
	s.serverless = s.serverless || r.sam
	s.put(r)
	if r.sam {
		r.props = merge(globals.get(strings.TrimPrefix(r.typ, "AWS::Serverless::")), r.props)
	}
	r.noteProperties()
	switch r.typ {
	case "AWS::Serverless::Function":
		r.typ = typeFunction
		s.streamEvents(r)
		s.samEventInvoke(r)
		s.samAlias(r)
	case "AWS::Serverless::SimpleTable":
		r.typ = typeTable
		r.props = simpleTable(r.props)
	case "AWS::Serverless::WebSocketApi":
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
	return slices.ContainsFunc(items(root.get("Transform")), func(n *node) bool {
		return strings.HasPrefix(n.plainText(), "AWS::Serverless-")
	})
}

// noteTransform tells that the template does not ask for SAM, whose types it has. Only a stack that
// is deployed hears of it.
func (s *scope) noteTransform() {
	i := slices.IndexFunc(s.order, func(r *resource) bool { return r.sam })
	if i < 0 || usesSAM(s.root) {
		return
	}
	r := s.order[i]
	r.notice(r.at, "the template has no Transform: AWS::Serverless-2016-10-31, without which AWS refuses the types of SAM")
}

// overrideStage gives the stages the name of Options.Stage. A parameter that names the stage
// follows, as a template often builds its URLs from that parameter.
func (s *scope) overrideStage() {
	if s.opt.Stage == "" {
		return
	}
	for _, r := range s.order {
		if r.typ != typeStage {
			continue
		}
		if function, arg := r.props.get("StageName").intrinsic(); function == "Ref" {
			s.overrideParameter(arg, textNode(r.at, s.opt.Stage))
		}
		r.props = r.props.with("StageName", textNode(r.at, s.opt.Stage))
	}
}
