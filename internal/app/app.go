// Package app is the composition root: it reads the environment once, makes the AWS clients and wires the handler that
// all three functions share.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/metrics"
	"github.com/parley-rtc/parley/internal/push"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/store"
)

// NewConnect returns the handler of functions/connect for the settings in env. The endpoints are the SDK's own business:
// it reads AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI, so the same code runs deployed and on a laptop. hooks are the
// project's own rules of admission, see Hook.
func NewConnect(ctx context.Context, env func(string) string, hooks ...Hook) (*gateway.Handler, error) {
	w, err := wire(env)
	if err != nil {
		return nil, err
	}
	w.handler.Admission, err = w.admission(ctx, hooks)
	return w.handler, err
}

// NewDisconnect returns the handler of functions/disconnect.
func NewDisconnect(env func(string) string) (*gateway.Handler, error) {
	w, err := wire(env)
	if err != nil {
		return nil, err
	}
	return w.handler, nil
}

// NewMessage returns the handler of functions/message: it alone seals addresses and lends TURN credentials, so it alone
// reads the key of the one and the secret of the other.
func NewMessage(ctx context.Context, env func(string) string) (*gateway.Handler, error) {
	w, err := wire(env)
	if err != nil {
		return nil, err
	}
	service := w.handler.Service
	if service.ICE.Secret, err = w.secret(ctx, w.cfg.ICE.Secret, w.cfg.TURNSecretParameter); err != nil {
		return nil, fmt.Errorf("TURN_SECRET_PARAMETER: %w", err)
	}
	key, err := w.rooms.Key(ctx)
	if err != nil {
		return nil, err
	}
	service.Sealer, err = signaling.NewSealer(key)
	return w.handler, err
}

// wiring is what the three handlers have in common.
type wiring struct {
	cfg     Config
	sdk     aws.Config
	rooms   *store.Store
	handler *gateway.Handler
}

func wire(env func(string) string) (*wiring, error) {
	cfg, err := Parse(env)
	if err != nil {
		return nil, err
	}
	sdk, err := sdkConfig()
	if err != nil {
		return nil, fmt.Errorf("AWS settings: %w", err)
	}
	rooms := store.New(dynamodb.NewFromConfig(sdk), cfg.ConnectionsTable, cfg.RoomsTable)
	codecs := gateway.NewCodecs()
	guard := cfg.guard(rooms)
	handler := &gateway.Handler{
		Service: &signaling.Service{
			Store:      metrics.Store{Store: rooms},
			Pusher:     metrics.Pusher{Pusher: push.New(apigatewaymanagementapi.NewFromConfig(sdk))},
			Encoder:    codecs,
			ICE:        cfg.ICE,
			Seats:      cfg.Seats,
			NeedRights: cfg.Auth.Mode != authNone,
			FirstHosts: cfg.FirstHosts,
		},
		Meter:  cfg.meter(guard),
		Codecs: codecs,
		Log:    slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: cfg.LogLevel})),
	}
	if guard != nil {
		handler.Service.Budget = guard
	}
	return &wiring{cfg, sdk, rooms, handler}, nil
}
