package managed

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed node/*.cjs node/*.mjs
var nodeFiles embed.FS

// oldestNode is the first major version that the bootstrap runs on.
const oldestNode = 18

var nodejs = language{
	name:   "nodejs",
	source: "index.js",
	beside: map[string]string{"package.json": `{"type":"commonjs"}`}, // npx would take its folder for the project's
	layers: func(runtime string) []string {
		version, _, _ := strings.Cut(strings.TrimPrefix(runtime, "nodejs"), ".")
		return []string{"nodejs/node" + version + "/node_modules", "nodejs/node_modules"}
	},
	path: func(env map[string]string, folders, code string) {
		if _, own := env["NODE_PATH"]; !own { // a function's own replaces Lambda's
			env["NODE_PATH"] = folders + string(os.PathListSeparator) + code
		}
	},
	programs: nodes,
	probe:    []string{"-p", "process.version + ' ' + process.execPath"},
	usable: func(version string) error {
		major, _, _ := strings.Cut(version, ".")
		if n, err := strconv.Atoi(major); err != nil || n < oldestNode {
			return fmt.Errorf("it is version %s", version)
		}
		return nil
	},
	install: fmt.Sprintf("install Node.js %d or later so that node is on PATH", oldestNode),
	files:   nodeFiles,
	args:    func(folder string) []string { return []string{filepath.Join(folder, "node", "bootstrap.cjs")} },
}

// nodes are the project's own, as npm's package node brings it, and what is on PATH.
func nodes(_ string, near []string) (names []string) {
	for _, folder := range near {
		own := filepath.Join(folder, "node_modules", ".bin", "node")
		if _, err := os.Stat(own); err == nil {
			names = append(names, own)
		}
	}
	return append(names, "node")
}
