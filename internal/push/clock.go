package push

import (
	"sync/atomic"
	"time"
)

// clock is the server's, by which requests are signed, as far as the SDK has learned it: until an
// answer says otherwise it is the machine's.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }
