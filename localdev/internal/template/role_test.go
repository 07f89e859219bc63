package template_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/template"
)

// A file of testdata/roles is a template, and what the roles of its functions grant.
func TestRoles(t *testing.T) {
	t.Parallel()
	for _, c := range cases(t, "roles") {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := c.extract(t)
			stack, err := template.Load(filepath.Join(dir, strings.TrimSpace(c.part("load", "template.yaml"))), template.Options{Remote: true})
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, f := range stack.Functions {
				fmt.Fprintf(&got, "%s: role %s of %s\n", f.LogicalID, f.Role.Name, f.Role.LogicalID)
				for _, arn := range f.Role.Managed {
					fmt.Fprintf(&got, "  %s\n", arn)
				}
				for _, document := range f.Role.Policies {
					fmt.Fprintf(&got, "  %s\n", document)
				}
				if f.Role.Unknown != "" {
					fmt.Fprintf(&got, "  unknown: %s\n", f.Role.Unknown)
				}
			}
			for _, n := range stack.Notices {
				if strings.Contains(n.Text, "does not look at") {
					fmt.Fprintf(&got, "notice: %s: %s\n", n.LogicalID, n.Text)
				}
			}
			c.compare(t, "want", got.String())
		})
	}
}
