//go:build !linux

package proc

import "time"

// Demand is only known on Linux.
func (c *Child) Demand() (time.Duration, bool) { return 0, false }
