// Package door wires who may connect. It is apart from app since functions/connect alone needs it: what verifies tokens
// would be a third of the time that the other functions take to start.
package door

import (
	"context"
	"errors"
	"fmt"

	"github.com/parley-rtc/parley/internal/admission"
	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/signaling"
)

// A Hook puts a project's own rule around what the settings ask for: it may refuse more, or give other rights. With
// AUTH=custom nothing is asked for, and the rule alone decides; nil rights then let nobody into any room.
type Hook func(next signaling.Admission) signaling.Admission

// Open has the handler admit clients as the settings say, and as the hooks do.
func Open(ctx context.Context, a *app.App, hooks ...Hook) error {
	auth := a.Config.Auth
	gate := &admission.Gate{Origins: a.Config.Origins}
	want := admission.Expected{Issuer: auth.Issuer, Audience: auth.Audience}
	switch {
	case auth.Mode == app.AuthCustom && len(hooks) == 0:
		return errors.New("AUTH=custom: functions/connect passes no rule of its own, see docs/architecture.md")
	case auth.Mode != app.AuthJWT:
	case auth.KeysURL != "":
		tokens, err := admission.WithKeys(ctx, auth.KeysURL, want)
		if err != nil {
			return err
		}
		gate.Tokens = tokens
	default:
		setting := "AUTH_SECRET"
		if auth.Secret == "" {
			setting = "AUTH_SECRET_PARAMETER"
		}
		secret, err := a.Secret(ctx, auth.Secret, auth.SecretParameter)
		if err == nil {
			gate.Tokens, err = admission.WithSecret([]byte(secret), want)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", setting, err)
		}
	}
	var chain signaling.Admission = gate
	for _, hook := range hooks {
		chain = hook(chain)
	}
	a.Handler.Admission = chain
	return nil
}
