package sip

import (
	"context"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/sip"
)

// response carries a response back (RFC 3261, 16.7).
func (d *Dialect) response(context.Context, *dialect.Conn, *sip.Message) error { return nil }
