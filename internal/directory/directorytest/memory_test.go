package directorytest_test

import (
	"testing"

	"github.com/parley-rtc/parley/internal/directory/directorytest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	directorytest.StoreContract(t, func(*testing.T) directorytest.Store { return directorytest.NewMemory() })
}

func TestRacesInMemory(t *testing.T) {
	directorytest.Races(t, func(*testing.T) directorytest.Store { return directorytest.NewMemory() })
}
