package template

import (
	"slices"
	"strings"
)

const (
	typeDistribution = "AWS::CloudFront::Distribution"
	typeEdgeFunction = "AWS::CloudFront::Function"
	viewerRequest    = "viewer-request"
)

// frontDoor returns the first distribution whose default behaviour has a CloudFront Function at
// viewer request and one of the APIs as its origin; nil if there is none. One that cannot be read
// is no fault: the APIs run without it.
func (w *whole) frontDoor(apis []API) *FrontDoor {
	for _, r := range w.all(typeDistribution) {
		door, err := r.scope.distribution(r, apis)
		if err != nil {
			f := asFault(r.at, err)
			r.notice(f.at, "localdev cannot read this distribution: "+f.msg)
		}
		if err == nil && door != nil {
			return door
		}
	}
	return nil
}

func (s *scope) distribution(r *resource, apis []API) (*FrontDoor, error) {
	config := r.props.get("DistributionConfig")
	behaviour := config.get("DefaultCacheBehavior")
	function, err := s.edgeFunction(behaviour)
	if err != nil || function == nil {
		return nil, err
	}
	door := &FrontDoor{
		LogicalID: r.label, Function: function.label, Methods: []string{"GET", "HEAD"}, Line: function.at.line,
	}
	if found, err := s.origin(config, behaviour, apis, door); err != nil || !found {
		return nil, err
	}
	if door.Code, err = function.text("FunctionCode"); err != nil {
		return nil, err
	}
	methods, err := s.eval(behaviour.get("AllowedMethods"))
	if err != nil {
		return nil, err
	}
	if methods != nil && methods.kind == kindList {
		door.Methods = nil
		for _, m := range methods.list {
			door.Methods = append(door.Methods, m.text)
		}
	}
	if more := config.get("CacheBehaviors"); more != nil {
		r.notice(more.at, "localdev serves the default behaviour of a distribution only")
	}
	return door, nil
}

// edgeFunction returns the CloudFront Function of a behaviour at viewer request; nil if it has none
// of the template's.
func (s *scope) edgeFunction(behaviour *node) (*resource, error) {
	associations, err := s.eval(behaviour.get("FunctionAssociations"))
	if err != nil || associations == nil {
		return nil, err
	}
	for _, a := range associations.list {
		if typ := a.get("EventType"); !typ.scalar() || typ.text != viewerRequest {
			continue
		}
		for _, r := range s.of(typeEdgeFunction) {
			arn, err := r.ref()
			if err != nil {
				return nil, err
			}
			if named := a.get("FunctionARN"); named.scalar() && named.text == arn {
				return r, nil
			}
		}
	}
	return nil, nil
}

// origin finds the API that is a behaviour's origin.
func (s *scope) origin(config, behaviour *node, apis []API, door *FrontDoor) (bool, error) {
	target, err := s.eval(behaviour.get("TargetOriginId"))
	if err != nil || !target.scalar() {
		return false, err
	}
	origins, err := s.eval(config.get("Origins"))
	if err != nil || origins == nil {
		return false, err
	}
	for _, o := range origins.list {
		id, host, path := o.get("Id"), o.get("DomainName"), o.get("OriginPath")
		if !id.scalar() || !host.scalar() || id.text != target.text {
			continue
		}
		name, _, _ := strings.Cut(host.text, ".execute-api.")
		i := slices.IndexFunc(apis, func(a API) bool { return a.ID == name })
		if i < 0 {
			return false, nil
		}
		door.API = apis[i].LogicalID
		if path.scalar() {
			door.OriginPath = strings.TrimSuffix(path.text, "/")
		}
		return true, nil
	}
	return false, nil
}
