package emulator

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/awssdk"
	"github.com/parley-rtc/parley/localdev/internal/npm"
)

// bringSDK lets functions of Lambda's Node.js runtimes find the packages of AWS's SDK that those
// runtimes bring along, where this machine has them not. What cannot be fetched is named; the
// functions that need it then fail as such.
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
			list := strings.Join(gone, " ")
			e.log.Warn("function imports packages that are not here, and that its runtime on Lambda has not either",
				"function", f.LogicalID, "runtime", f.Runtime, "packages", list, "do", "npm install "+list+" in "+p.dir)
		}
	}
	if len(all) == 0 {
		return
	}
	slices.Sort(all)
	folder, err := e.fetchSDK(ctx, slices.Compact(all))
	for _, id := range slices.Sorted(maps.Keys(lacking)) {
		own, ownErr := folder, err
		if errors.Is(err, npm.ErrUnknown) { // one function's mistake is none of the others'
			own, ownErr = e.fetchSDK(ctx, lacking[id])
		}
		switch {
		case ctx.Err() != nil: // the start ends
			return
		case ownErr != nil:
			e.log.Warn("function imports packages that Lambda's runtime has and this machine has not", "function", id,
				"do", "npm install --no-save "+strings.Join(lacking[id], " ")+" in "+programs[id].dir, "err", ownErr)
		default:
			programs[id] = programs[id].with("LOCALDEV_PACKAGES", own)
		}
	}
}

// fetchSDK returns the folder that has these packages, in the user's cache.
func (e *Emulator) fetchSDK(ctx context.Context, packages []string) (folder string, err error) {
	folder, installed := awssdk.Folder(userCache(filepath.Dir(e.stack.Path)), packages)
	if installed {
		return folder, nil
	}
	e.log.Info("fetching packages that Lambda's runtime has and this machine has not",
		"packages", strings.Join(packages, " "), "folder", folder)
	return folder, awssdk.Install(ctx, e.starter, folder, packages)
}
