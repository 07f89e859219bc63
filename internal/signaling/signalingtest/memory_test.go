package signalingtest_test

import (
	"testing"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	signalingtest.StoreContract(t, func(*testing.T) signaling.Store { return signalingtest.NewMemory() })
}

func TestRacesOnMemory(t *testing.T) {
	signalingtest.Races(t, func(*testing.T) signaling.Store { return signalingtest.NewMemory() })
}

func TestMemoryKeepsTheItems(t *testing.T) {
	signalingtest.ItemsContract(t, func(*testing.T) signaling.Items { return signalingtest.NewMemory() })
}

func TestMemoryKeepsTheLedger(t *testing.T) {
	signalingtest.LedgerContract(t, func(*testing.T) signaling.Ledger { return signalingtest.NewMemory() })
}
