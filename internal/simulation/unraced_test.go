//go:build !race

package simulation_test

// scale divides the default numbers of runs.
const scale = 1
