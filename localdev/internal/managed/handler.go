package managed

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// NoHandler says why no event of a nodejs function can succeed with its code in dir as it is; "" if
// that is not certain.
func NoHandler(runtime, handler, dir string) string {
	slash := strings.LastIndex(handler, "/") + 1
	name, _, exported := strings.Cut(handler[slash:], ".")
	switch {
	case languageOf(runtime) != &nodejs || filepath.IsAbs(handler): // such as one below /opt, of a layer
		return ""
	case !exported:
		return fmt.Sprintf("its Handler %q names no export: want FILE.EXPORT, such as index.handler", handler)
	}
	file := handler[:slash] + name
	for _, ending := range []string{"", ".js", ".mjs", ".cjs"} { // "" is also a folder with an index.js
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(file)+ending)); err == nil {
			return ""
		}
	}
	return fmt.Sprintf("its Handler %s is not there: its code has no %s.js, .mjs or .cjs, "+
		"and each event fails until it has", handler, file)
}
