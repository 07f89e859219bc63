package template_test

import (
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/template"
)

// TestBuildTagsAreTags: they become part of a command.
func TestBuildTagsAreTags(t *testing.T) {
	t.Parallel()
	for tags, want := range map[string]string{
		"demo": "must be a list", "{a: b}": "must be a list", "[[a]]": "no Go build tag", "['a,b']": "no Go build tag",
		"['a b']": "no Go build tag", "['']": "no Go build tag", "['-o']": "no Go build tag", "['a', '!b']": "no Go build tag",
	} {
		text := "Metadata: {localdev: {BuildTags: " + tags + "}}\nResources: {A: {Type: AWS::SNS::Topic}}\n"
		_, err := template.LoadBytes([]byte(text), "/nowhere/template.yaml", template.Options{})
		if err == nil || !strings.Contains(err.Error(), "template.yaml:1:") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", tags, err, want)
		}
	}
}
