package infra

import (
	"strconv"
	"strings"
)

// The variables of the functions. internal/app reads them.
const (
	envConnectionsTable    = "CONNECTIONS_TABLE"
	envRoomsTable          = "ROOMS_TABLE"
	envEndpoint            = "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"
	envAuth                = "AUTH"
	envAuthSecretParameter = "AUTH_SECRET_PARAMETER"
	envAuthJWKSURL         = "AUTH_JWKS_URL"
	envAuthIssuer          = "AUTH_ISSUER"
	envAuthAudience        = "AUTH_AUDIENCE"
	envHost                = "HOST"
	envAllowedOrigins      = "ALLOWED_ORIGINS"
	envSeats               = "ROOM_SEATS"
	envGrace               = "GRACE"
	envICEServers          = "ICE_SERVERS"
	envTURNURLs            = "TURN_URLS"
	envTURNSecretParameter = "TURN_SECRET_PARAMETER"
	envTURNTTL             = "TURN_TTL"
	envLogLevel            = "LOG_LEVEL"
	envMetrics             = "METRICS"
	envService             = "SERVICE"
	envBudget              = "BUDGET_USD"
)

// environment is what all functions have in common; the names of the tables and the endpoint come on top.
func (p Props) environment(service string) map[string]string {
	metrics := "on"
	if p.NoMetrics {
		metrics = "off"
	}
	budget := ""
	if p.BudgetUSD > 0 {
		budget = strconv.FormatFloat(p.BudgetUSD, 'f', -1, 64)
	}
	return map[string]string{
		envAuth: p.Auth, envAuthSecretParameter: p.AuthSecretParameter, envAuthJWKSURL: p.AuthJWKSURL,
		envAuthIssuer: p.AuthIssuer, envAuthAudience: p.AuthAudience, envHost: p.Host,
		envAllowedOrigins: strings.Join(p.AllowedOrigins, ","),
		envSeats:          strconv.Itoa(p.Seats), envGrace: strconv.Itoa(int(p.Grace.Seconds())),
		envICEServers: p.ICEServers, envTURNURLs: strings.Join(p.TURNURLs, ","), envTURNSecretParameter: p.TURNSecretParameter,
		envTURNTTL: strconv.Itoa(int(p.TURNTTL.Seconds())), envLogLevel: p.LogLevel, envMetrics: metrics, envService: service,
		envBudget: budget,
	}
}
