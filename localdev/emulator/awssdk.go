package emulator

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/awssdk"
)

// bringSDK lets functions of Lambda's Node.js runtimes find the packages of AWS's SDK that those runtimes bring along, where
// this machine has them not. What cannot be fetched is named; the functions that need it then fail as such.
func (e *Emulator) bringSDK(ctx context.Context, programs map[string]program) {
	lacking := map[string][]string{} // by logical ID
	var all []string
	for _, f := range e.stack.Functions {
		p, here := programs[f.LogicalID]
		if !here || !p.managed || !strings.HasPrefix(f.Runtime, "nodejs") {
			continue
		}
		packages, gone := awssdk.Missing(p.dir, f.Handler, f.Runtime, f.Layers)
		if len(packages) > 0 {
			lacking[f.LogicalID] = packages
			all = append(all, packages...)
		}
		if len(gone) > 0 {
			e.log.Warn("function imports packages that are not here, and that its runtime on Lambda has not either", "function", f.LogicalID,
				"runtime", f.Runtime, "packages", strings.Join(gone, " "), "do", "npm install "+strings.Join(gone, " ")+" in "+p.dir)
		}
	}
	if len(all) == 0 {
		return
	}
	slices.Sort(all)
	all = slices.Compact(all)
	folder, installed := awssdk.Folder(e.userCache(), all)
	if !installed {
		e.log.Info("fetching packages that Lambda's runtime has and this machine has not", "packages", strings.Join(all, " "), "folder", folder)
		if err := awssdk.Install(ctx, e.starter, folder, all); err != nil {
			if ctx.Err() != nil { // the start ends
				return
			}
			for _, id := range slices.Sorted(maps.Keys(lacking)) {
				e.log.Warn("function imports packages that Lambda's runtime has and this machine has not", "function", id,
					"do", "npm install --no-save "+strings.Join(lacking[id], " ")+" in "+programs[id].dir, "err", err)
			}
			return
		}
	}
	for id := range lacking {
		programs[id] = programs[id].with("LOCALDEV_PACKAGES", folder)
	}
}

// userCache is the folder for what serves all projects of a user.
func (e *Emulator) userCache() string {
	if cache, err := os.UserCacheDir(); err == nil {
		return filepath.Join(cache, "localdev")
	}
	return e.cacheDir()
}
