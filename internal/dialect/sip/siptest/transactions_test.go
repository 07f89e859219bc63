package siptest_test

import (
	"testing"

	"github.com/parley-rtc/parley/internal/dialect/sip"
	"github.com/parley-rtc/parley/internal/dialect/sip/siptest"
)

func TestTransactionsInMemoryKeepTheContract(t *testing.T) {
	inMemory := func(*testing.T) sip.Transactions { return siptest.NewTransactions() }
	siptest.TransactionsContract(t, inMemory)
	siptest.TransactionRaces(t, inMemory)
}
