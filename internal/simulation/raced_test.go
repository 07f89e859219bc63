//go:build race

package simulation_test

// scale divides the default numbers: with the race detector everything takes several times as long.
const scale = 8
