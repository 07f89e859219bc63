// Package door wires who gets in. It is apart from app since functions/disconnect needs nothing of it, and functions/message
// only where clients may bring their token late: then what verifies tokens is made when the first of them does.
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

// Open has functions/connect admit clients as the settings say, and as the project's own rule does, nil if there is none.
func Open(ctx context.Context, a *app.App, own Hook) error {
	if a.Config.Auth.Mode == app.AuthCustom && own == nil {
		return errors.New("AUTH=custom: functions/rule has no rule of its own, see docs/architecture.md")
	}
	made, err := build(ctx, a, own)
	if err != nil {
		return err
	}
	a.Handler.Admission = made
	return nil
}

// Later has functions/message admit clients that opened without a token and bring one in a frame, where such are served. It
// neither takes time nor fails.
func Later(a *app.App, own Hook) {
	mode := a.Config.Auth.Mode
	if !a.Config.Serves(app.DialectSocketIO) || mode == app.AuthNone || mode == app.AuthCustom && own == nil {
		return
	}
	l := late{app: a, own: own, turn: make(chan struct{}, 1)}
	a.Handler.House.Admit = l.admit
}

// build makes what admits: the settings' gate, with the project's rule around it.
func build(ctx context.Context, a *app.App, own Hook) (signaling.Admission, error) {
	gate := &admission.Gate{Origins: a.Config.Origins}
	if a.Config.Auth.Mode == app.AuthJWT {
		tokens, err := verifier(ctx, a)
		if err != nil {
			return nil, err
		}
		gate.Tokens = tokens
	}
	if own != nil {
		return own(gate), nil
	}
	return gate, nil
}

func verifier(ctx context.Context, a *app.App) (*admission.Tokens, error) {
	auth := a.Config.Auth
	want := admission.Expected{Issuer: auth.Issuer, Audience: auth.Audience}
	if auth.KeysURL != "" {
		return admission.WithKeys(ctx, auth.KeysURL, want)
	}
	setting := "AUTH_SECRET"
	if auth.Secret == "" {
		setting = "AUTH_SECRET_PARAMETER"
	}
	secret, err := a.Secret(ctx, auth.Secret, auth.SecretParameter)
	var tokens *admission.Tokens
	if err == nil {
		tokens, err = admission.WithSecret([]byte(secret), want)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	return tokens, nil
}
