// Package awssdk gives functions the packages of AWS's SDK for JavaScript that Lambda's Node.js
// runtimes bring along. Much code does not list them among its own, so a laptop may not have them.
package awssdk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/parley-rtc/parley/localdev/internal/npm"
	"github.com/parley-rtc/parley/localdev/internal/proc"
)

// names match the packages of the SDK's two versions.
const names = `(?:@(?:aws-sdk|smithy)/[\w./-]+|aws-sdk(?:/[\w./-]+)?)`

// brings reports whether Lambda's runtime has a package: version 3 of the SDK from nodejs18.x on,
// version 2 until nodejs16.x.
func brings(runtime, name string) bool {
	major, _, _ := strings.Cut(strings.TrimPrefix(runtime, "nodejs"), ".")
	n, err := strconv.Atoi(major)
	old := err == nil && n < 18
	return old == (name == "aws-sdk")
}

var requires = regexp.MustCompile(`\w*[rR]equire\w*\(\s*["'](` + names + `)["']\s*\)`)

// required finds what a file requires by a require that it has made itself, as ES modules of
// bundlers do.
func required(file string) []string {
	source, err := os.ReadFile(file)
	if err != nil { // the function says so
		return nil
	}
	var found []string
	for _, match := range requires.FindAllSubmatch(source, -1) {
		found = append(found, string(match[1]))
	}
	return found
}

// asked marks a question of this package's own.
type asked struct{}

// Missing returns the packages of the SDK that a function's code imports and that are not to be
// found from where it does, nor in its layers: those that Lambda's runtime brings, and those that
// it has not either, as far as the function's own files import them.
func Missing(folder, handler, runtime string, layers []string) (brought, gone []string) {
	entry := entryPoint(folder, handler)
	if entry == "" {
		return nil, nil
	}
	var mu sync.Mutex
	missing := map[string]bool{} // whether the runtime brings it
	plugin := api.Plugin{Name: "missing", Setup: func(build api.PluginBuild) {
		look := func(name string, from api.ResolveOptions) {
			from.PluginData = asked{}
			if len(build.Resolve(name, from).Errors) == 0 {
				return
			}
			name = packageOf(name)
			// Packages of others try many a thing that they do not need.
			if there := brings(runtime, name); there || !strings.Contains(from.Importer, "node_modules") {
				mu.Lock()
				defer mu.Unlock()
				missing[name] = there
			}
		}
		build.OnStart(func() (api.OnStartResult, error) {
			for _, name := range required(entry) {
				look(name, api.ResolveOptions{ResolveDir: filepath.Dir(entry), Kind: api.ResolveJSRequireCall})
			}
			return api.OnStartResult{}, nil
		})
		named := api.OnResolveOptions{Filter: "^" + names + "$"}
		build.OnResolve(named, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			if args.PluginData == (asked{}) {
				return api.OnResolveResult{}, nil
			}
			look(args.Path, api.ResolveOptions{Importer: args.Importer, ResolveDir: args.ResolveDir, Kind: args.Kind})
			return api.OnResolveResult{Path: args.Path, External: true}, nil
		})
	}}
	var modules []string
	for _, layer := range layers {
		modules = append(modules, filepath.Join(layer, "nodejs", "node_modules"))
	}
	api.Build(api.BuildOptions{ // whatever else is wrong the function says itself
		EntryPoints: []string{entry}, AbsWorkingDir: folder, Bundle: true, Outdir: folder, Format: api.FormatESModule,
		Platform: api.PlatformNode, LogLevel: api.LogLevelSilent, Plugins: []api.Plugin{plugin},
		NodePaths: modules,
	})
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		if missing[name] {
			brought = append(brought, name)
		} else {
			gone = append(gone, name)
		}
	}
	return brought, gone
}

// entryPoint is the file of a handler, "" if there is none.
func entryPoint(folder, handler string) string {
	dir, name := path.Split(handler)
	name, _, _ = strings.Cut(name, ".")
	base := filepath.Join(folder, filepath.FromSlash(dir), name)
	for _, end := range []string{".js", ".mjs", ".cjs", string(filepath.Separator) + "index.js"} {
		if info, err := os.Stat(base + end); err == nil && !info.IsDir() {
			return base + end
		}
	}
	return ""
}

// packageOf is the package of a path such as @aws-sdk/lib-dynamodb/dist.
func packageOf(path string) string {
	words := strings.SplitN(path, "/", 3)
	if strings.HasPrefix(path, "@") && len(words) > 1 {
		return words[0] + "/" + words[1]
	}
	return words[0]
}

// Folder is where these packages are, or will be, below cacheDir. There they share what they have
// in common, so that an error's class is the same in each.
func Folder(cacheDir string, packages []string) (folder string, installed bool) {
	sum := sha256.Sum256([]byte(strings.Join(packages, " ")))
	folder = filepath.Join(cacheDir, "aws-sdk", hex.EncodeToString(sum[:8]))
	_, err := os.Stat(filepath.Join(folder, "node_modules"))
	return folder, err == nil
}

// Install fetches packages of today's versions into their Folder. Its error is npm.ErrUnknown if
// there is no such package.
func Install(ctx context.Context, starter *proc.Starter, folder string, packages []string) error {
	files := map[string][]byte{"package.json": []byte(`{"private": true}`)}
	args := append([]string{"install", "--no-package-lock", "--no-save"}, packages...)
	if err := npm.Install(ctx, starter, folder, files, nil, args...); err != nil {
		return fmt.Errorf("fetch them: %w", err)
	}
	return nil
}
