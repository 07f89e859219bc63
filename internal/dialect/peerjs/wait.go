package peerjs

import (
	"context"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
)

// pauses are those before further tries: two seconds in all. A page that is loaded anew, or whose
// connection was lost, is back within that.
var pauses = []time.Duration{
	100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 600 * time.Millisecond, 700 * time.Millisecond,
}

// waitSender is how many messages of one sender wait for somebody in a minute: those beyond do not.
const waitSender = 8

// keepTrying tries until it is done or fails, and after the pauses no more.
func keepTrying(ctx context.Context, try func() (done bool, err error)) (done bool, err error) {
	return dialect.KeepTrying(ctx, pauses, try)
}
