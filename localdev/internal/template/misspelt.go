package template

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// properties has the resource types that localdev reads, each with the names of its properties as
// CloudFormation and SAM document them in November 2026.
//
//go:embed properties.txt
var properties string

var propertiesOf = sync.OnceValue(func() map[string][]string {
	of := map[string][]string{}
	var typ string
	for _, name := range strings.Fields(properties) {
		if strings.Contains(name, "::") {
			typ = name
			continue
		}
		of[typ] = append(of[typ], name)
	}
	return of
})

var (
	sections = []string{
		"AWSTemplateFormatVersion", "Conditions", "Description", "Globals", "Hooks", "Mappings", "Metadata", "Outputs",
		"Parameters", "Resources", "Rules", "Transform",
	}
	globalSections = []string{
		"Api", "CapacityProvider", "Function", "HttpApi", "LayerVersion", "SimpleTable", "StateMachine", "WebSocketApi",
	}
	attributes = []string{
		"Condition", "Connectors", "CreationPolicy", "DeletionPolicy", "DependsOn", "Description", "IgnoreGlobals",
		"Metadata", "Properties", "Type", "UpdatePolicy", "UpdateReplacePolicy",
	}
)

// misspelt returns the known name that a name should be, "" if that cannot be told: a name that is
// far from all known ones may be newer than localdev, and is nobody's mistake.
func misspelt(name string, known []string) string {
	if slices.Contains(known, name) {
		return ""
	}
	if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, name) }); i >= 0 {
		return known[i]
	}
	return closest(name, known, min(2, len(name)/3))
}

// noteMisspelt adds a Notice for each key of a map that is misspelt, since whatever is below one is
// read over.
func (s *scope) noteMisspelt(id, what string, n *node, known []string) {
	for _, e := range n.allEntries() {
		right := misspelt(e.key, known)
		if right == "" || n.entry(right) != nil && !strings.EqualFold(right, e.key) {
			continue
		}
		err := faultf(e.at, "%s has no %q, which is read over; did you mean %s?", what, e.key, right)
		s.notices = append(s.notices, noticeOf(id, err))
	}
}

// noteProperties looks for misspelt properties of a resource, those of Globals among them.
func (r *resource) noteProperties() {
	r.scope.noteMisspelt(r.id, "an "+r.typ, r.props, propertiesOf()[r.typ])
	if strings.HasSuffix(r.typ, "::Function") {
		r.scope.noteMisspelt(r.id, "the Environment of a function", r.props.get("Environment"), []string{"Variables"})
	}
}

// ratherThan names the key of a map that should be called name, as the end of a sentence.
func ratherThan(n *node, name string) string {
	for _, e := range n.allEntries() {
		if misspelt(e.key, []string{name}) != "" {
			return fmt.Sprintf("; did you mean %s by %q?", name, e.key)
		}
	}
	return ""
}
