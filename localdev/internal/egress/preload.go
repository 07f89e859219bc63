package egress

import (
	"embed"
	"os"
	"path/filepath"
	"strings"
)

// preloads lead interpreters here whose clients know no proxy, or each another one, or bring
// authorities of their own.
//
//go:embed node/redirect.cjs python/sitecustomize.py ruby/localdev_redirect.rb php/localdev.ini
var preloads embed.FS

// preload has each interpreter load its file before what its variable says, which may send requests
// itself.
func (p *Proxy) preload(env map[string]string) {
	folder := func(language string) string { return filepath.Join(p.preloads, language) }
	env["NODE_OPTIONS"] = nodeOptions(filepath.Join(folder("node"), "redirect.cjs"), env["NODE_OPTIONS"])
	// Of two modules of its name Python imports the first, which then imports the other.
	env["PYTHONPATH"] = before(folder("python"), env["PYTHONPATH"])
	// By its name, as RUBYOPT has no quotes for a path.
	env["RUBYLIB"] = before(folder("ruby"), env["RUBYLIB"])
	env["RUBYOPT"] = strings.TrimSpace("-rlocaldev_redirect " + env["RUBYOPT"])
	if _, own := env["PHP_INI_SCAN_DIR"]; !own { // nothing before the separator is what PHP was built with
		env["PHP_INI_SCAN_DIR"] = string(os.PathListSeparator) + folder("php")
	}
}

func nodeOptions(file, own string) string {
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(filepath.ToSlash(file)) + `"`
	return strings.TrimSpace("--require " + quoted + " " + own)
}

// before puts a folder before those of a list.
func before(folder, own string) string {
	return strings.TrimSuffix(folder+string(os.PathListSeparator)+own, string(os.PathListSeparator))
}
