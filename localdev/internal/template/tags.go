package template

import "regexp"

var goTag = regexp.MustCompile(`^[\pL\pN_.]+$`)

// buildTags are what Metadata, localdev, BuildTags says: the tags under which the template's Go
// packages are built here.
func buildTags(list *node) ([]string, error) {
	if list == nil {
		return nil, nil
	}
	if list.kind != kindList {
		return nil, faultf(list.at, "Metadata: localdev: BuildTags must be a list of Go build tags, not %s", list.kind)
	}
	var tags []string
	for _, n := range list.list {
		if !n.scalar() || !goTag.MatchString(n.text) {
			return nil, faultf(n.at, "Metadata: localdev: BuildTags has an entry that is no Go build tag")
		}
		tags = append(tags, n.text)
	}
	return tags, nil
}
