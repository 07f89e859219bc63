package emulator_test

import (
	"sync"
	"testing"
)

// passed are the names of the tests of this run that passed, for the table of facts.
var passed sync.Map

// prove notes a test when it ends and has passed.
func prove(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		if !t.Failed() && !t.Skipped() {
			passed.Store(t.Name(), true)
		}
	})
}

// run is t.Run of a test that the table of facts may name.
func run(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		prove(t)
		f(t)
	})
}
