package sip

import (
	"context"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

// request carries a request on, or answers it (RFC 3261, 16).
func (d *Dialect) request(context.Context, *dialect.Conn, *sip.Message) error {
	return answered(signaling.CodeInternal, 501, "Not Implemented")
}
