package sip

import (
	"context"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

// register carries out a REGISTER (RFC 3261, 10.3).
func (d *Dialect) register(context.Context, *dialect.Conn, *sip.Message) error {
	return answered(signaling.CodeInternal, 501, "Not Implemented")
}
