package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/parley-rtc/parley/internal/admission"
	"github.com/parley-rtc/parley/internal/signaling"
)

// A Hook puts a project's own rule around what the settings ask for: it may refuse more, or give other rights. With
// AUTH=custom nothing is asked for, and the rule alone decides; nil rights then let nobody into any room.
type Hook func(next signaling.Admission) signaling.Admission

func (w *wiring) admission(ctx context.Context, hooks []Hook) (signaling.Admission, error) {
	gate := &admission.Gate{Origins: w.cfg.Origins}
	switch {
	case w.cfg.Auth.Mode == authCustom && len(hooks) == 0:
		return nil, errors.New("AUTH=custom: functions/connect passes no rule of its own, see docs/security.md")
	case w.cfg.Auth.Mode != authJWT:
	case w.cfg.Auth.KeysURL != "":
		tokens, err := admission.WithKeys(ctx, w.cfg.Auth.KeysURL, w.cfg.Auth.Expected)
		if err != nil {
			return nil, err
		}
		gate.Tokens = tokens
	default:
		secret, err := w.secret(ctx, w.cfg.Auth.Secret, w.cfg.Auth.SecretParameter)
		if err != nil {
			return nil, fmt.Errorf("AUTH_SECRET_PARAMETER: %w", err)
		}
		gate.Tokens = admission.WithSecret([]byte(secret), w.cfg.Auth.Expected)
	}
	var chain signaling.Admission = gate
	for _, hook := range hooks {
		chain = hook(chain)
	}
	return chain, nil
}

// secret returns the value itself if it is set, or that of the SSM parameter if one is named.
func (w *wiring) secret(ctx context.Context, value, parameter string) (string, error) {
	if value != "" || parameter == "" {
		return value, nil
	}
	out, err := ssm.NewFromConfig(w.sdk).GetParameter(ctx, &ssm.GetParameterInput{Name: &parameter, WithDecryption: aws.Bool(true)})
	if err != nil {
		return "", fmt.Errorf("read the parameter %s: %w", parameter, err)
	}
	if v := aws.ToString(out.Parameter.Value); v != "" {
		return v, nil
	}
	return "", fmt.Errorf("the parameter %s is empty", parameter)
}
