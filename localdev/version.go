package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is what `make release` says that it is: git describe's word.
var version string

// versionLine names this program's version: the release's, else the module's as go install knows it, else the commit.
func versionLine() string {
	v := version
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		v = cmp.Or(v, info.Main.Version)
	}
	return fmt.Sprintf("localdev %s, %s/%s, %s", cmp.Or(v, "(not a release)"), runtime.GOOS, runtime.GOARCH, runtime.Version())
}
