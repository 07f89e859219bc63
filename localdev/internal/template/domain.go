package template

import "slices"

const (
	typeAPIMapping     = "AWS::ApiGatewayV2::ApiMapping"
	domainMappingID    = "ApiMapping" // what SAM appends to an API's logical ID
	wholeDomain        = "/"          // in SAM's BasePath
	mappingKeyProperty = "ApiMappingKey"
)

// apiMappings returns the paths of custom domains that lead to an API's stage; "" is a root.
func (w *whole) apiMappings(api API) []string {
	var paths []string
	for _, r := range w.all(typeAPIMapping) {
		if !r.names("ApiId", api.ID) || !r.names("Stage", api.Stage) && r.scope.opt.Stage == "" {
			continue
		}
		key, err := r.text(mappingKeyProperty)
		if err != nil {
			r.excuse(err, "; this path leads nowhere here")
			continue
		}
		if !slices.Contains(paths, key) {
			paths = append(paths, key)
		}
	}
	return paths
}

// expandDomain writes out the API mappings that SAM makes of the Domain of a WebSocketApi.
func (s *scope) expandDomain(api *resource, domain *entry, stageID string) {
	if domain == nil {
		return
	}
	paths := domain.value.get("BasePath")
	switch {
	case paths == nil:
		paths = listNode(domain.at, textNode(domain.at, wholeDomain))
	case paths.kind != kindList:
		paths = listNode(paths.at, paths)
	}
	for i, path := range paths.list {
		at := path.at
		mapping := mapNode(at, entry{"ApiId", at, call(at, "Ref", textNode(at, api.id))},
			entry{"Stage", at, call(at, "Ref", textNode(at, stageID))})
		if path.text != wholeDomain {
			mapping.entries = append(mapping.entries, entry{mappingKeyProperty, at, path})
		}
		s.generate(api, api.id+hash(4, api.id, string(rune('0'+i)))+domainMappingID, typeAPIMapping, at, mapping)
	}
}
