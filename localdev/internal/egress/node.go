package egress

import (
	"embed"
	"path/filepath"
	"strings"
)

// nodeFiles lead Node.js here: its clients know no proxy, or each another one.
//
//go:embed node/redirect.cjs
var nodeFiles embed.FS

// nodeOptions puts the file's preload before what NODE_OPTIONS says, which may send requests itself.
func nodeOptions(file, own string) string {
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(filepath.ToSlash(file)) + `"`
	return strings.TrimSpace("--require " + quoted + " " + own)
}
