// Package engine pins the DynamoDB engine of localdev: an npm package that holds one static binary. The pin and its
// checksum are package.json and package-lock.json, which localdev carries along to install the engine where it is missing.
package engine

import (
	"embed"
	"encoding/json"
	"fmt"
)

// Files are package.json and package-lock.json.
//
//go:embed package.json package-lock.json
var Files embed.FS

// Pinned reports whether the lockfile has the checksum of an npm package, and the version that all
// of them are to have.
func Pinned(name string) (version string, pinned bool, err error) {
	l, err := read()
	if err != nil {
		return "", false, err
	}
	for folder, p := range l.Packages {
		if folder != "" {
			version, pinned = fmt.Sprint(p["version"]), pinned || folder == "node_modules/"+name
		}
	}
	return version, pinned, nil
}

// Require returns package.json and package-lock.json by which npm installs that one pinned package,
// or fails. As an optional one, which it is in Files for the sake of other machines, npm leaves it
// out without a word when it cannot be had.
func Require(name string) (files map[string][]byte, err error) {
	l, err := read()
	if err != nil {
		return nil, err
	}
	p := l.Packages["node_modules/"+name]
	delete(p, "optional")
	root := map[string]any{
		"name": l.Name, "version": l.Version, "private": true, "dependencies": map[string]any{name: p["version"]},
	}
	l.Packages = map[string]map[string]any{"": root, "node_modules/" + name: p}
	files = map[string][]byte{}
	for file, content := range map[string]any{"package.json": root, "package-lock.json": l} {
		if files[file], err = json.Marshal(content); err != nil {
			return nil, fmt.Errorf("write the engine's lockfile: %w", err)
		}
	}
	return files, nil
}

type lockfile struct {
	Name     string                    `json:"name"`
	Version  string                    `json:"version"`
	Format   int                       `json:"lockfileVersion"`
	Requires bool                      `json:"requires"`
	Packages map[string]map[string]any `json:"packages"` // by folder; "" is the root
}

func read() (*lockfile, error) {
	content, err := Files.ReadFile("package-lock.json")
	l := &lockfile{}
	if err == nil {
		err = json.Unmarshal(content, l)
	}
	if err != nil {
		return nil, fmt.Errorf("read the engine's lockfile: %w", err)
	}
	return l, nil
}
