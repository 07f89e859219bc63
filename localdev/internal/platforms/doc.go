// Package platforms is the test that localdev compiles for every system that `make release` builds
// it for.
package platforms
