// Package builtin has the recipes that come with the functions, as people read them. Functions have
// those of package recipe, which are made of these.
package builtin

import "embed"

// Files are NAME.yaml.
//
//go:embed *.yaml
var Files embed.FS
