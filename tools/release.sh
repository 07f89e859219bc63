#!/bin/sh
# Keeps the sources of the functions as of a commit, for the upgrade test to build and run beside today's:
# tools/release.sh COMMIT VERSION
set -eu
commit=$1
version=$2
out=localdev/e2e/testdata/releases/$version.txtar
cd "$(git rev-parse --show-toplevel)"
echo "functions and internal as of release $version, written by tools/release.sh" >"$out"
git ls-tree -r --name-only "$commit" functions internal | grep '\.go$' | grep -v '_test\.go$\|/signalingtest/\|/metricstest/' | while read -r file; do
	echo "-- $file --"
	git show "$commit:$file"
done >>"$out"
