// Package app is the composition root: it reads the environment once, makes the AWS clients and wires the handler that
// all three functions share.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/push"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/store"
)

// New returns the handler of functions/connect and functions/disconnect for the settings in env. The endpoints are the
// SDK's own business: it reads AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI, so the same code runs deployed and on a laptop.
func New(ctx context.Context, env func(string) string) (*gateway.Handler, error) {
	h, _, err := wire(ctx, env)
	return h, err
}

// NewMessage returns the handler of functions/message: it alone seals addresses, so it alone reads their key.
func NewMessage(ctx context.Context, env func(string) string) (*gateway.Handler, error) {
	h, rooms, err := wire(ctx, env)
	if err != nil {
		return nil, err
	}
	key, err := rooms.Key(ctx)
	if err != nil {
		return nil, err
	}
	h.Service.Sealer, err = signaling.NewSealer(key)
	return h, err
}

func wire(ctx context.Context, env func(string) string) (*gateway.Handler, *store.Store, error) {
	cfg, err := Parse(env)
	if err != nil {
		return nil, nil, err
	}
	sdk, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("AWS settings: %w", err)
	}
	rooms := store.New(dynamodb.NewFromConfig(sdk), cfg.ConnectionsTable, cfg.RoomsTable)
	codecs := gateway.NewCodecs()
	return &gateway.Handler{
		Service: &signaling.Service{
			Store:   rooms,
			Pusher:  push.New(apigatewaymanagementapi.NewFromConfig(sdk)),
			Encoder: codecs,
			ICE:     cfg.ICE,
			Seats:   cfg.Seats,
		},
		Codecs: codecs,
		Log:    slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: cfg.LogLevel})),
	}, rooms, nil
}
