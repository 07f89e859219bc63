package emulator

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// stagePath is a path of the address that is an API's stage.
type stagePath struct {
	path string // such as /prod; "" is that of a custom domain's root
	api  int
}

// paths are all of them, the longest first.
type paths []stagePath

// mappingLevel is a level of a path as an API mapping may have it.
var mappingLevel = regexp.MustCompile(`^[A-Za-z0-9$_.+!*'()-]+$`)

// stagePaths are the stages' own, and those of API mappings: the template's, then Options.Maps, which
// lead to the first API.
func (e *Emulator) stagePaths(mounts []string) (paths, error) {
	var all paths
	taken := map[string]int{} // by path, the API
	add := func(path string, api int) (added bool) {
		if other, there := taken[path]; there || ours(path) {
			return there && other == api
		}
		all = append(all, stagePath{path, api})
		taken[path] = api
		return true
	}
	for i, mount := range mounts {
		add(mount, i)
	}
	for i, api := range e.stack.APIs {
		for _, name := range api.Mappings {
			if path := strings.TrimSuffix("/"+name, "/"); !add(path, i) {
				e.log.Warn(aboutTemplate, "resource", api.LogicalID, "line", api.Line,
					"reason", "the path "+path+" of an API mapping is something else here already")
			}
		}
	}
	for _, name := range e.opt.Maps {
		levels := strings.Split(strings.Trim(name, "/"), "/")
		if slices.ContainsFunc(levels, isNoLevel) {
			return nil, fmt.Errorf("-map %q: want a name such as peerjs or prod/peerjs, "+
				"of letters, digits and $-_.+!*'()", name)
		}
		if !add("/"+strings.Join(levels, "/"), 0) {
			return nil, fmt.Errorf("-map %q: that path is something else already", name)
		}
	}
	slices.SortStableFunc(all, func(a, b stagePath) int { return cmp.Compare(len(b.path), len(a.path)) })
	return all, nil
}

func isNoLevel(s string) bool { return !mappingLevel.MatchString(s) || s == "." || s == ".." }

// ours reports whether a path is one that localdev answers itself.
func ours(path string) bool {
	return strings.HasPrefix(path+"/", consolePrefix) || strings.HasPrefix(path+"/", invokePrefix)
}

// find returns the stage that a request is for. At the root only what cannot be for the page is.
func (all paths) find(r *http.Request) (stagePath, bool) {
	path := r.URL.EscapedPath()
	for _, p := range all {
		switch {
		case p.path == "" && (path == "/" && r.Header.Get("Upgrade") != "" || strings.HasPrefix(path, "/@connections/")),
			p.path != "" && (path == p.path || strings.HasPrefix(path, p.path+"/")):
			return p, true
		}
	}
	return stagePath{}, false
}
