// Package engine pins the DynamoDB engine of localdev: an npm package that holds one static binary. The pin and its
// checksum are package.json and package-lock.json, which localdev carries along to install the engine where it is missing.
package engine

import "embed"

// Files are package.json and package-lock.json.
//
//go:embed package.json package-lock.json
var Files embed.FS
