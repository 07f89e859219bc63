package infra

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
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
	envLobby               = "LOBBY"
	envAllowedOrigins      = "ALLOWED_ORIGINS"
	envDialects            = "DIALECTS"
	envPeerJSKey           = "PEERJS_KEY"       // functions/connect only
	envMessageFunction     = "MESSAGE_FUNCTION" // likewise
	envSocketIORecipe      = "SOCKETIO_RECIPE"  // the others only
	envSIPDomain           = "SIP_DOMAIN"       // functions/message only
	envSIPUsers            = "SIP_USERS"        // likewise
	envSIPUsersParameter   = "SIP_USERS_PARAMETER"
	envSeats               = "ROOM_SEATS"
	envGrace               = "GRACE"
	envMessageRate         = "MESSAGE_RATE"
	envMessageBurst        = "MESSAGE_BURST"
	envJoinsPerMinute      = "JOINS_PER_MINUTE"
	envRoomsPerConnection  = "ROOMS_PER_CONNECTION"
	envMaxMessage          = "MAX_MESSAGE"
	envMaxPeerData         = "MAX_PEER_DATA"
	envHoldCandidates      = "HOLD_CANDIDATES"
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
	lobby := "off"
	if p.Lobby {
		lobby = "on"
	}
	budget := ""
	if p.BudgetUSD > 0 {
		budget = strconv.FormatFloat(p.BudgetUSD, 'f', -1, 64)
	}
	return map[string]string{
		envAuth: p.Auth, envAuthSecretParameter: p.AuthSecretParameter, envAuthJWKSURL: p.AuthJWKSURL,
		envAuthIssuer: p.AuthIssuer, envAuthAudience: p.AuthAudience, envHost: p.Host, envLobby: lobby,
		envAllowedOrigins: strings.Join(p.AllowedOrigins, ","), envDialects: strings.Join(p.Dialects, ","),
		envSeats: strconv.Itoa(p.Seats), envGrace: strconv.Itoa(int(p.Grace.Seconds())),
		envMessageRate: limit(p.MessageRate), envMessageBurst: limit(p.MessageBurst), envJoinsPerMinute: limit(p.JoinsPerMinute),
		envRoomsPerConnection: limit(p.RoomsPerConnection), envMaxMessage: limit(p.MaxMessage), envMaxPeerData: limit(p.MaxPeerData),
		envHoldCandidates: limit(p.HoldCandidates),
		envICEServers:     p.ICEServers, envTURNURLs: strings.Join(p.TURNURLs, ","), envTURNSecretParameter: p.TURNSecretParameter,
		envTURNTTL: strconv.Itoa(int(p.TURNTTL.Seconds())), envLogLevel: p.LogLevel, envMetrics: metrics, envService: service,
		envBudget: budget,
	}
}

// ofConnect is what functions/connect has besides; the name of functions/message comes on top.
func (p Props) ofConnect() map[string]string {
	if !p.serves(DialectPeerJS) {
		return nil
	}
	return map[string]string{envPeerJSKey: p.PeerJSKey}
}

// ofOthers is what functions/message and functions/disconnect have besides.
func (p Props) ofOthers() map[string]string {
	if !p.serves(DialectSocketIO) {
		return nil
	}
	return map[string]string{envSocketIORecipe: p.SocketIORecipe}
}

// ofMessage is what functions/message alone has besides.
func (p Props) ofMessage() map[string]string {
	variables := p.ofOthers()
	if p.serves(DialectSIP) {
		variables = with(variables, map[string]string{
			envSIPDomain: p.SIPDomain, envSIPUsers: p.SIPUsers, envSIPUsersParameter: p.SIPUsersParameter,
		})
	}
	return variables
}

// limit is how the functions read a limit: 0 is none.
func limit(n int) string { return strconv.Itoa(max(0, n)) }

// Lambda's limit for all variables of a function together, in bytes of the JSON that they make.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxEnvironment = 4096

// The longest that the values can get which only CloudFormation knows.
const (
	maxStackName = 128
	maxTableName = 255
	maxFunction  = 64
	maxHost      = len("https://1234567890.execute-api.ap-southeast-1.amazonaws.com.cn/")
)

// checkEnvironment: Lambda refuses too large an environment only when the function is made or changed.
func (p Props) checkEnvironment() error {
	connect := p.ofConnect()
	if p.greets() {
		connect = with(connect, map[string]string{envMessageFunction: strings.Repeat("x", maxFunction)})
	}
	return cmp.Or(p.checkSize(connect), p.checkSize(p.ofMessage()))
}

// with returns both together.
func with(variables, more map[string]string) map[string]string {
	all := maps.Clone(more)
	maps.Copy(all, variables)
	return all
}

// checkSize is about a function that has those variables besides what all have.
func (p Props) checkSize(besides map[string]string) error {
	variables := with(besides, p.environment(strings.Repeat("x", maxStackName)))
	variables[envConnectionsTable] = strings.Repeat("x", maxTableName)
	variables[envRoomsTable] = variables[envConnectionsTable]
	variables[envEndpoint] = strings.Repeat("x", maxHost) + p.Stage
	maps.DeleteFunc(variables, func(_, value string) bool { return value == "" })
	if size := environmentSize(variables); size > maxEnvironment {
		largest := slices.SortedFunc(maps.Keys(variables), func(a, b string) int {
			return cmp.Compare(len(variables[b]), len(variables[a]))
		})
		return fmt.Errorf("the functions' variables take up to %d bytes, and Lambda allows %d: want shorter settings, first those of %s",
			size, maxEnvironment, strings.Join(slices.DeleteFunc(largest, isGiven)[:3], ", "))
	}
	return nil
}

// isGiven reports whether a variable's value is no setting.
func isGiven(name string) bool {
	return slices.Contains([]string{envConnectionsTable, envRoomsTable, envService, envEndpoint, envMessageFunction}, name)
}

// environmentSize is that of the JSON that Lambda measures, whose strings have their quotes and backslashes escaped.
func environmentSize(variables map[string]string) int {
	size := len("{}") + len(variables) - 1
	for name, value := range variables {
		size += len(name) + len(value) + len(`"":""`) + strings.Count(value, `"`) + strings.Count(value, `\`)
	}
	return size
}
