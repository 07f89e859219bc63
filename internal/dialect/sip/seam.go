package sip

import (
	"context"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/sip"
)

// What follows is for forking to fill.

func (d *Dialect) fork(ctx context.Context, c *dialect.Conn, m *sip.Message, _ string, to []contact) error {
	return d.carry(ctx, c, m, to[len(to)-1], leg{})
}

func (d *Dialect) forked(ctx context.Context, c *dialect.Conn, h hop, m *sip.Message) error {
	return d.back(ctx, c, h.Sender, m)
}

func (d *Dialect) cancelForked(context.Context, *dialect.Conn, *sip.Message, string, []contact) (bool, error) {
	return false, nil
}
