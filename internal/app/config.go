package app

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/ice"
	"github.com/parley-rtc/parley/internal/signaling"
)

// The defaults and bounds of the settings.
const (
	defaultSeats   = 16
	defaultGrace   = 30 * time.Second
	maxGrace       = time.Hour
	defaultTURNTTL = 12 * time.Hour
)

// Config is what the environment says.
type Config struct {
	ConnectionsTable string           // CONNECTIONS_TABLE, required
	RoomsTable       string           // ROOMS_TABLE, required
	Seats            int              // ROOM_SEATS, 1 to 250, default 16
	Grace            time.Duration    // GRACE, in seconds, 0 to 3600, default 30
	Limits           signaling.Limits // of each connection: MESSAGE_RATE, MESSAGE_BURST, JOINS_PER_MINUTE, ROOMS_PER_CONNECTION, MAX_MESSAGE, MAX_PEER_DATA
	Hold             time.Duration    // HOLD_CANDIDATES, in milliseconds, 0 to 2000, default 250
	Auth             Auth
	Origins          []string // ALLOWED_ORIGINS, separated by commas; empty is all
	FirstHosts       bool     // HOST: token (default) or first
	Lobby            bool     // LOBBY: off (default) or on
	ICE              signaling.ICE
	LogLevel         slog.Level // LOG_LEVEL: debug, info (default), warn or error

	TURNSecretParameter string  // TURN_SECRET_PARAMETER, a name in the SSM parameter store
	Metrics             bool    // METRICS: on (default) or off
	Service             string  // SERVICE: the metrics' dimension, default the stack in the function's name
	MemoryMB            int     // AWS_LAMBDA_FUNCTION_MEMORY_SIZE, set by Lambda
	TaskRoot            string  // LAMBDA_TASK_ROOT, set by Lambda: the folder of what is packed with the function
	BudgetUSD           float64 // BUDGET_USD: for a calendar month; 0 is none

	Dialects        []string // DIALECTS, separated by commas; empty is all
	PeerJSKey       string   // PEERJS_KEY, default peerjs
	Recipes         Recipes  // SOCKETIO_RECIPE, default auto
	SIP             SIP
	MessageFunction string // MESSAGE_FUNCTION, of functions/message; for those who wait to be greeted
}

// Parse reads the settings from env, and says which variable is wrong and what it wants.
func Parse(env func(string) string) (Config, error) {
	c := Config{
		ConnectionsTable: env("CONNECTIONS_TABLE"),
		RoomsTable:       env("ROOMS_TABLE"),
		Seats:            defaultSeats,
		Grace:            defaultGrace,
		TaskRoot:         env("LAMBDA_TASK_ROOT"),
	}
	for name, value := range map[string]string{"CONNECTIONS_TABLE": c.ConnectionsTable, "ROOMS_TABLE": c.RoomsTable} {
		if value == "" {
			return c, fmt.Errorf("%s is not set: want the name of a DynamoDB table", name)
		}
	}
	if v := env("ROOM_SEATS"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > signaling.MaxSeats {
			return c, fmt.Errorf("ROOM_SEATS=%q: want a number from 1 to %d", v, signaling.MaxSeats)
		}
		c.Seats = n
	}
	if v := env("GRACE"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > int(maxGrace.Seconds()) {
			return c, fmt.Errorf("GRACE=%q: want a number of seconds from 0 to %d", v, int(maxGrace.Seconds()))
		}
		c.Grace = time.Duration(n) * time.Second
	}
	if err := c.parseLimits(env); err != nil {
		return c, err
	}
	if v := env("LOG_LEVEL"); v != "" {
		if err := c.LogLevel.UnmarshalText([]byte(v)); err != nil {
			return c, fmt.Errorf("LOG_LEVEL=%q: want debug, info, warn or error", v)
		}
	}
	var err error
	if c.Origins, err = parseOrigins(env("ALLOWED_ORIGINS")); err != nil {
		return c, err
	}
	if c.FirstHosts, err = parseHost(env("HOST")); err != nil {
		return c, err
	}
	if c.Auth, err = parseAuth(env); err != nil {
		return c, err
	}
	if err = c.parseLobby(env("LOBBY")); err != nil {
		return c, err
	}
	if err = c.parseMetrics(env); err != nil {
		return c, err
	}
	if err = c.parseDialects(env); err != nil {
		return c, err
	}
	c.TURNSecretParameter = env("TURN_SECRET_PARAMETER")
	c.ICE, err = parseICE(env)
	return c, err
}

func parseICE(env func(string) string) (signaling.ICE, error) {
	given := signaling.ICE{Secret: env("TURN_SECRET"), TTL: defaultTURNTTL}
	if v := env("ICE_SERVERS"); v != "" {
		servers, err := ice.Parse(v)
		if err != nil {
			return given, fmt.Errorf("ICE_SERVERS: %w", err)
		}
		for _, s := range servers {
			given.Servers = append(given.Servers, signaling.ICEServer(s))
		}
	}
	for u := range strings.SplitSeq(env("TURN_URLS"), ",") {
		if u = strings.TrimSpace(u); u == "" {
			continue
		}
		if !ice.IsTURN(u) {
			return given, fmt.Errorf("TURN_URLS: %q: want URLs such as turn:turn.example.org or turns:turn.example.org:443?transport=tcp, separated by commas", u)
		}
		given.TURN = append(given.TURN, u)
	}
	if len(given.TURN) > 0 && given.Secret == "" && env("TURN_SECRET_PARAMETER") == "" {
		return given, errors.New("TURN_URLS is set but neither TURN_SECRET nor TURN_SECRET_PARAMETER is: want the secret shared with the TURN server (coturn: static-auth-secret)")
	}
	if v := env("TURN_TTL"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return given, fmt.Errorf("TURN_TTL=%q: want a number of seconds above 0", v)
		}
		given.TTL = time.Duration(n) * time.Second
	}
	return given, nil
}
