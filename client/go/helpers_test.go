package parley_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-rtc/parley/client/go/internal/clienttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var equal, clip, object = clienttest.Equal, clienttest.Clip, clienttest.Object
