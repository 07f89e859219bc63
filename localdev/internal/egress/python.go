package egress

import (
	"embed"
	"os"
	"strings"
)

// pythonFiles lead Python here, where a library knows no proxy or has authorities of its own.
//
//go:embed python/sitecustomize.py
var pythonFiles embed.FS

// pythonPath puts the preload's folder before what PYTHONPATH says: of two modules of its name Python imports the first,
// which then imports the other.
func pythonPath(folder, own string) string {
	return strings.TrimSuffix(folder+string(os.PathListSeparator)+own, string(os.PathListSeparator))
}
