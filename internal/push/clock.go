package push

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/parley-rtc/parley/internal/http1"
)

// clock is the server's, by which requests are signed. Until that refuses one, it is the machine's.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// set goes by the date of an answer, as the SDK's client does, unless somebody has kept that answer.
func (c *clock) set(a *http1.Answer) {
	date, err := http.ParseTime(string(a.Header("Date")))
	if err == nil && a.Header("Age") == nil {
		c.ahead.Store(int64(time.Until(date)))
	}
}
