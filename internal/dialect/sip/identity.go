package sip

import (
	"context"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/sip"
)

// identify fails with an *answer unless the sender of a request, which is not REGISTER, is who its From
// says. It returns the addresses of record that the connection has registered, or has shown a password
// or a token for.
func (d *Dialect) identify(context.Context, *dialect.Conn, *sip.Message) (as []string, err error) {
	return nil, nil
}
