// Package app is the composition root: it reads the environment once, makes the AWS clients and wires the handler that
// all three functions share.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/dialect/sip"
	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/jsonlog"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/metrics"
	"github.com/parley-rtc/parley/internal/push"
	"github.com/parley-rtc/parley/internal/roots"
	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/store"
)

// App is what the three functions have in common.
type App struct {
	Config  Config
	Handler *gateway.Handler // without an Admission

	sdk    aws.Config
	rooms  *store.Store
	push   *push.Client
	native *native.Dialect
	env    func(string) string

	socketio *socketio.Dialect // nil where it is not served
}

// ServeMessages gets ready what functions/message alone needs: it seals addresses and lends TURN credentials, so it reads
// the key of the one and the secret of the other. The key comes later: the first event that needs it waits for it, so that
// neither does a start take longer for it, nor fail. The actions are the project's own.
func (a *App) ServeMessages(ctx context.Context, actions signaling.Actions) error {
	service := a.Handler.Service
	if err := a.native.Serve(actions); err != nil {
		return err
	}
	service.Items = a.rooms
	secret, err := a.Secret(ctx, a.Config.ICE.Secret, a.Config.TURNSecretParameter)
	if err != nil {
		return fmt.Errorf("TURN_SECRET_PARAMETER: %w", err)
	}
	service.ICE.Secret = secret
	service.Sealer = seal.Lazily(a.rooms.Key)
	if a.socketio != nil {
		a.socketio.Sealer = service.Sealer
	}
	if d, served := a.Handler.Dialects.Named(sip.Name).(*sip.Dialect); served {
		d.Domain, d.Users = a.Config.SIP.Domain, a.sipUsers()
		d.Sealer, d.Transactions = service.Sealer, a.rooms
	}
	return nil
}

// Asked is for functions/message to call once it has asked for its first event. In a moment, beside
// that event or ahead of it, the key of addresses comes and the connection for the first push: before,
// they would make the start longer; one after the other, the event.
func (a *App) Asked() {
	time.AfterFunc(moment, func() {
		a.Handler.Service.Sealer.Fetch()
		a.push.Open(context.Background())
	})
}

// moment is left to who brings the first event: at once, they would be in each other's way. An event that needs the key
// does not wait for that.
const moment = 2 * time.Millisecond

// SocketIO returns the dialect of Socket.IO, whose Apps are yet to be set, and nil where it is not
// served.
func (a *App) SocketIO() *socketio.Dialect { return a.socketio }

// New reads the settings in env and makes the AWS clients. Their endpoints are where AWS_ENDPOINT_URL_{SERVICE} says, so
// the same code runs deployed and on a laptop.
func New(env func(string) string) (*App, error) {
	cfg, err := Parse(env)
	if err != nil {
		return nil, err
	}
	trusted := roots.New(env)
	sdk := sdkConfig(env, trusted)
	// Nothing needs it before the first event.
	db := sync.OnceValue(func() *dynamodb.Client { return database(sdk, env) })
	rooms := store.Lazily(db, cfg.ConnectionsTable, cfg.RoomsTable)
	pushes := pusher(sdk, trusted, env)
	guard := cfg.guard(rooms)
	service := &signaling.Service{
		Store:      metrics.Store{Store: rooms},
		Pusher:     metrics.Pusher{Pusher: pushes},
		ICE:        cfg.ICE,
		Seats:      cfg.Seats,
		Grace:      cfg.Grace,
		Limits:     cfg.Limits,
		Flow:       limit.NewFlow(),
		Hold:       signaling.NewHold(cfg.Hold),
		NeedRights: cfg.Auth.Mode != AuthNone,
		FirstHosts: cfg.FirstHosts,
		Lobby:      cfg.Lobby,
	}
	parley := &native.Dialect{Service: service}
	dialects := cfg.Served(parley)
	service.Encoder = dialects
	handler := &gateway.Handler{
		Service:  service,
		Dialects: dialects,
		House: &dialect.House{
			Connections: service.Store, Pusher: service.Pusher, Gate: service, Hold: service.Hold, NeedRights: service.NeedRights,
			Directory: &directory.Directory{Store: rooms, Pusher: service.Pusher},
		},
		Meter: cfg.meter(guard),
		Log:   slog.New(jsonlog.New(os.Stderr, cfg.LogLevel)),
	}
	if guard != nil {
		service.Budget = guard
	}
	a := &App{Config: cfg, Handler: handler, sdk: sdk, rooms: rooms, push: pushes, native: parley, env: env}
	if cfg.MessageFunction != "" {
		handler.Opener = opener{a}
	}
	if d, served := dialects.Named(socketio.Name).(*socketio.Dialect); served {
		// Few of those that disconnect need the key, and functions/connect never does.
		d.Store, d.Items, d.Sealer = rooms, rooms, seal.Lazily(rooms.Key)
		a.socketio = d
	}
	return a, nil
}
