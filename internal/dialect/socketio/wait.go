package socketio

import (
	"context"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
)

// pauses are those before further looks at what another process may just be writing: two seconds in
// all.
var pauses = []time.Duration{
	50 * time.Millisecond, 100 * time.Millisecond, 150 * time.Millisecond, 300 * time.Millisecond,
	400 * time.Millisecond, 500 * time.Millisecond, 500 * time.Millisecond,
}

// briefly are the first of them, half a second or so.
var briefly = pauses[:4]

// waitSender is how many events of one sender wait in vain in a minute, in one process: those beyond
// do not wait.
const waitSender = 3

// keepTrying tries until it is done or fails, and after the pauses no more.
func keepTrying(ctx context.Context, try func() (done bool, err error)) (done bool, err error) {
	return dialect.KeepTrying(ctx, pauses, try)
}
