package admission

import (
	"context"
	"slices"

	"github.com/parley-rtc/parley/internal/signaling"
)

// Gate is an Admission. The zero value lets everybody in.
type Gate struct {
	Origins []string // pages that may connect, compared exactly; empty is all
	Tokens  *Tokens  // nil asks for none
}

var _ signaling.Admission = (*Gate)(nil)

// Admit implements signaling.Admission. A client without an Origin is no browser, and no page can make it connect.
func (g *Gate) Admit(ctx context.Context, h signaling.Handshake) (*signaling.Rights, error) {
	if origins := h.Header.Values("Origin"); len(g.Origins) > 0 {
		for _, origin := range origins {
			if !slices.Contains(g.Origins, origin) {
				return nil, signaling.Errorf(signaling.CodeForbidden, "a page of an origin that ALLOWED_ORIGINS does not list")
			}
		}
	}
	if g.Tokens == nil {
		return nil, nil //nolint:nilnil // no rights, and none needed
	}
	switch len(h.Tokens) {
	case 0:
		return nil, signaling.Errorf(signaling.CodeUnauthorized, "no token")
	case 1:
		return g.Tokens.Verify(ctx, h.Tokens[0], h.Time)
	}
	return nil, signaling.Errorf(signaling.CodeUnauthorized, "two different tokens")
}
