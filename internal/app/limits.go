package app

import (
	"fmt"
	"strconv"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// defaultHold is how long a message waits that must not overtake another.
const defaultHold = 250 * time.Millisecond

// defaultLimits are those of a connection that is not told otherwise.
func defaultLimits() signaling.Limits {
	return signaling.Limits{Rate: 50, Burst: 500, Joins: 300, Rooms: 16, Message: signaling.MaxFrame, PeerData: 4 << 10}
}

func (c *Config) parseLimits(env func(string) string) error {
	c.Limits = defaultLimits()
	hold := int(defaultHold.Milliseconds())
	for _, one := range []struct {
		name, value string
		at          *int
		least, most int
	}{
		{"MESSAGE_RATE", env("MESSAGE_RATE"), &c.Limits.Rate, 0, 10_000},
		{"MESSAGE_BURST", env("MESSAGE_BURST"), &c.Limits.Burst, 1, 100_000},
		{"JOINS_PER_MINUTE", env("JOINS_PER_MINUTE"), &c.Limits.Joins, 0, 100_000},
		{"ROOMS_PER_CONNECTION", env("ROOMS_PER_CONNECTION"), &c.Limits.Rooms, 0, 250},
		{"MAX_MESSAGE", env("MAX_MESSAGE"), &c.Limits.Message, 0, signaling.MaxFrame},
		{"MAX_PEER_DATA", env("MAX_PEER_DATA"), &c.Limits.PeerData, 0, signaling.MaxRoster},
		{"HOLD_CANDIDATES", env("HOLD_CANDIDATES"), &hold, 0, 2000},
	} {
		if one.value == "" {
			continue
		}
		n, err := strconv.Atoi(one.value)
		if err != nil || n < one.least || n > one.most {
			return fmt.Errorf("%s=%q: want a whole number from %d to %d", one.name, one.value, one.least, one.most)
		}
		*one.at = n
	}
	c.Hold = time.Duration(hold) * time.Millisecond
	return nil
}
