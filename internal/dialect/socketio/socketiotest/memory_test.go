package socketiotest_test

import (
	"testing"

	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/dialect/socketio/socketiotest"
)

func TestMemoryKeepsSessions(t *testing.T) {
	socketiotest.SessionsContract(t, func(*testing.T) socketio.Sessions { return socketiotest.NewMemory() })
}

func TestMemoryKeepsPieces(t *testing.T) {
	socketiotest.PiecesContract(t, func(*testing.T) socketio.Pieces { return socketiotest.NewMemory() })
}
