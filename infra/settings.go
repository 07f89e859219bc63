package infra

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/constructs-go/constructs/v10"
)

// Settings are those of a stack of its own.
type Settings struct {
	Props
	Stack           string // default Parley
	Account, Region string // default the CLI's
	Tags            map[string]string
	Unasked         bool // nobody has said who may connect
}

// setting is one key of the CDK's context.
type setting struct {
	key, help string
	set       func(*Settings, string) error
}

// settings are all keys, as docs/deploy.md lists them.
func settings() []setting {
	return []setting{
		{"stack", "name of the stack; default Parley", text(func(s *Settings) *string { return &s.Stack })},
		{"account", "AWS account; default the CLI's", text(func(s *Settings) *string { return &s.Account })},
		{"region", "AWS region; default the CLI's", text(func(s *Settings) *string { return &s.Region })},
		{"tags", "on everything: NAME=VALUE, separated by commas", (*Settings).setTags},
		{"stage", "in the URL; default prod. Another name makes another stage and ends every open connection", text(func(s *Settings) *string { return &s.Stage })},
		{"auth", "who may connect: jwt, none (everybody), or custom (the rule in functions/connect)", text(func(s *Settings) *string { return &s.Auth })},
		{"customRule", "functions/connect has a rule of its own, which auth=custom wants: true or false (default)", yes(func(s *Settings) *bool { return &s.CustomRule })},
		{"authSecretParameter", "name of the SSM parameter with the secret of HS256 tokens", text(func(s *Settings) *string { return &s.AuthSecretParameter })},
		{"authJwksUrl", "https URL of the JWK Set of RS256, ES256 or EdDSA tokens", text(func(s *Settings) *string { return &s.AuthJWKSURL })},
		{"authIssuer", "claim iss that every token must have", text(func(s *Settings) *string { return &s.AuthIssuer })},
		{"authAudience", "claim aud that every token must have", text(func(s *Settings) *string { return &s.AuthAudience })},
		{"host", "who is host: token (the claim role; default) or first (who opens a room)", text(func(s *Settings) *string { return &s.Host })},
		{"lobby", "whoever is no host has to be let into a room by one: true or false (default)", yes(func(s *Settings) *bool { return &s.Lobby })},
		{"allowedOrigins", "web pages that may connect, separated by commas; default all", list(func(s *Settings) *[]string { return &s.AllowedOrigins })},
		{"dialects", "protocols that are served, of parley (always), y-webrtc, peerjs, socket.io, sip, separated by commas; default all", list(func(s *Settings) *[]string { return &s.Dialects })},
		{"peerjsKey", "key that clients of PeerJS have to bring; default peerjs, which they bring by themselves", text(func(s *Settings) *string { return &s.PeerJSKey })},
		{"socketioRecipe", "what serves clients of Socket.IO: the name of a recipe, or NAMESPACE=NAME, separated by commas, see [Recipes](#recipes); default auto", text(func(s *Settings) *string { return &s.SocketIORecipe })},
		{"sipDomain", "host of all SIP addresses, as in sip:alice@calls.example; default whatever host a phone names", text(func(s *Settings) *string { return &s.SIPDomain })},
		{"sipUsers", "JSON of who has a password for SIP, see [sip.md](sip.md#who-may-register); it stands in the template, so better sipUsersParameter", text(func(s *Settings) *string { return &s.SIPUsers })},
		{"sipUsersParameter", "name of the SSM parameter with that JSON, or else sipUsers", text(func(s *Settings) *string { return &s.SIPUsersParameter })},
		{"heartbeats", "of y-webrtc and PeerJS are settled by lambda (functions/message; default) or by mock (API Gateway itself, which costs no invocation), see [Heartbeats](#heartbeats)", text(func(s *Settings) *string { return &s.Heartbeats })},
		{"seats", "in each room, 1 to 250; default 16", number(func(s *Settings) *int { return &s.Seats })},
		{"grace", "seconds that the seat of a lost peer is kept, 0 to 3600; default 30", (*Settings).setGrace},
		{"messageRate", "messages a second of a connection, 0 for no limit; default 50", limitOf(func(s *Settings) *int { return &s.MessageRate })},
		{"messageBurst", "messages of a connection at once; default 500", number(func(s *Settings) *int { return &s.MessageBurst })},
		{"joinsPerMinute", "joins a minute of a connection, 0 for no limit; default 300", limitOf(func(s *Settings) *int { return &s.JoinsPerMinute })},
		{"roomsPerConnection", "rooms that a connection is in at a time, at most 250, 0 for no limit; default 16", limitOf(func(s *Settings) *int { return &s.RoomsPerConnection })},
		{"maxMessage", "bytes of a client's message, 0 or 131072 (default) for API Gateway's own limit", limitOf(func(s *Settings) *int { return &s.MaxMessage })},
		{"maxPeerData", "bytes of a peer's own data, at most 102400, 0 for no limit; default 4096", limitOf(func(s *Settings) *int { return &s.MaxPeerData })},
		{"holdCandidates", "ms that a candidate without a counter waits for its description, 0 to 2000; default 250", limitOf(func(s *Settings) *int { return &s.HoldCandidates })},
		{"iceServers", "JSON list of RTCIceServer; default a public STUN server", text(func(s *Settings) *string { return &s.ICEServers })},
		{"turnUrls", "turn: and turns: URLs, separated by commas", list(func(s *Settings) *[]string { return &s.TURNURLs })},
		{"turnSecretParameter", "name of the SSM parameter with the secret shared with the TURN server", text(func(s *Settings) *string { return &s.TURNSecretParameter })},
		{"turnTtl", "seconds that a TURN credential lives; default 43200", seconds(func(s *Settings) *time.Duration { return &s.TURNTTL })},
		{"domainName", "name of your own for the API, such as signal.example.org", text(func(s *Settings) *string { return &s.domain().Name })},
		{"certificateArn", "its certificate in ACM, in the same region", text(func(s *Settings) *string { return &s.domain().CertificateARN })},
		{"hostedZoneId", "Route 53 zone in which to make its record; default none is made", text(func(s *Settings) *string { return &s.domain().HostedZoneID })},
		{"zoneName", "that zone's name", text(func(s *Settings) *string { return &s.domain().ZoneName })},
		{"frontDoor", "a CloudFront distribution takes handshakes on any path, and what clients ask by HTTP: true or false (default), see [The front door](#the-front-door)", yes(func(s *Settings) *bool { return &s.FrontDoor })},
		{"throttleRate", "messages and handshakes a second; default 0: the account's limit", rate(func(s *Settings) *float64 { return &s.ThrottleRate })},
		{"throttleBurst", "above that for a moment; default 0: the account's limit", count(func(s *Settings) *int { return &s.ThrottleBurst })},
		{"reservedConcurrency", "executions at a time that are kept for each function, and its most; default none, see [operate.md](operate.md#concurrency)", count(func(s *Settings) *int { return &s.ReservedConcurrency })},
		{"memory", "of each function in MB; default 128", number(func(s *Settings) *int { return &s.MemoryMB })},
		{"logLevel", "debug, info (default), warn or error", text(func(s *Settings) *string { return &s.LogLevel })},
		{"logDays", "that logs are kept; default 14", number(func(s *Settings) *int { return &s.LogDays })},
		{"metrics", "CloudWatch metrics from the functions: true (default) or false", not(func(s *Settings) *bool { return &s.NoMetrics })},
		{"xray", "trace the functions: true or false (default)", yes(func(s *Settings) *bool { return &s.XRay })},
		{"accessLog", "a line for each handshake and message: true or false (default)", yes(func(s *Settings) *bool { return &s.AccessLog })},
		{"accountRole", "make the region's role for accessLog: true (default), or false if there is one", not(func(s *Settings) *bool { return &s.NoAccountRole })},
		{"budgetUsd", "a month, above which nobody joins any more; default no limit", decimal(func(s *Settings) *float64 { return &s.BudgetUSD })},
		{"retain", "keep the tables when the stack is deleted: true or false (default)", yes(func(s *Settings) *bool { return &s.Retain })},
		{"alarms", "alarms and a dashboard, which want metrics: true or false (default)", yes(func(s *Settings) *bool { return &s.Alarms })},
		{"alarmEmail", "who is told of them; with alarms", text(func(s *Settings) *string { return &s.AlarmEmail })},
	}
}

// FromContext reads the settings from the CDK's context: -c KEY=VALUE, or "context" in cdk.json. A key that is none of
// ours, nor one of the CDK's own, is an error: a setting with a typing error must not be lost.
func FromContext(app constructs.Construct) (Settings, error) {
	var s Settings
	given, ok := app.Node().GetAllContext(nil).(map[string]any)
	if !ok {
		return s, errors.New("the CDK gave no context")
	}
	known := map[string]setting{}
	for _, one := range settings() {
		known[one.key] = one
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(given)) {
		one, ours := known[key]
		switch {
		case ours:
			if err := one.set(&s, plain(given[key])); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", key, err))
			}
		case !strings.ContainsAny(key, ":@/-"): // those are the CDK's
			errs = append(errs, fmt.Errorf("there is no setting %s; there are %s", key, strings.Join(slices.Sorted(maps.Keys(known)), ", ")))
		}
	}
	setDefault(&s.Stack, "Parley")
	if s.Auth == "" {
		s.Unasked = true
		s.Auth = AuthNone
	}
	if len(errs) == 0 {
		_, err := s.withDefaults()
		errs = append(errs, err)
	}
	return s, errors.Join(errs...)
}

// plain is a value of the context as it is written on a command line.
func plain(v any) string {
	if list, ok := v.([]any); ok {
		words := make([]string, len(list))
		for i, one := range list {
			words[i] = plain(one)
		}
		return strings.Join(words, ",")
	}
	if n, ok := v.(float64); ok {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

func (s *Settings) domain() *Domain {
	if s.Domain == nil {
		s.Domain = &Domain{}
	}
	return s.Domain
}

func (s *Settings) setTags(v string) error {
	s.Tags = map[string]string{}
	for pair := range strings.SplitSeq(v, ",") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return fmt.Errorf("%q: want NAME=VALUE", pair)
		}
		s.Tags[name] = value
	}
	return nil
}

func (s *Settings) setGrace(v string) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > math.MaxInt64/int(time.Second) {
		return fmt.Errorf("%q: want a number of seconds", v)
	}
	s.Grace, s.NoGrace = time.Duration(n)*time.Second, n == 0
	return nil
}

type setter = func(*Settings, string) error

func text(at func(*Settings) *string) setter {
	return func(s *Settings, v string) error {
		*at(s) = v
		return nil
	}
}

func list(at func(*Settings) *[]string) setter {
	return func(s *Settings, v string) error {
		for one := range strings.SplitSeq(v, ",") {
			if one = strings.TrimSpace(one); one != "" {
				*at(s) = append(*at(s), one)
			}
		}
		return nil
	}
}

func number(at func(*Settings) *int) setter {
	return func(s *Settings, v string) (err error) {
		if *at(s), err = strconv.Atoi(v); err != nil || *at(s) < 1 { // 0 would be the default
			return fmt.Errorf("%q: want a whole number above 0", v)
		}
		return nil
	}
}

// count reads a number whose default is 0.
func count(at func(*Settings) *int) setter {
	return func(s *Settings, v string) (err error) {
		if *at(s), err = strconv.Atoi(v); err != nil || *at(s) < 0 {
			return fmt.Errorf("%q: want a whole number, or 0", v)
		}
		return nil
	}
}

// limitOf reads a limit, of which 0 is none.
func limitOf(at func(*Settings) *int) setter {
	return func(s *Settings, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return fmt.Errorf("%q: want a whole number, or 0", v)
		}
		if n == 0 {
			n = Unlimited
		}
		*at(s) = n
		return nil
	}
}

func decimal(at func(*Settings) *float64) setter {
	return func(s *Settings, v string) error {
		if err := rate(at)(s, v); err != nil || *at(s) == 0 {
			return fmt.Errorf("%q: want a number above 0", v)
		}
		return nil
	}
}

// rate reads a number of which 0 is none.
func rate(at func(*Settings) *float64) setter {
	return func(s *Settings, v string) (err error) {
		if *at(s), err = strconv.ParseFloat(v, 64); err != nil || !isSum(*at(s)) {
			return fmt.Errorf("%q: want a number above 0, or 0", v)
		}
		return nil
	}
}

func seconds(at func(*Settings) *time.Duration) setter {
	return func(s *Settings, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > math.MaxInt64/int(time.Second) {
			return fmt.Errorf("%q: want a number of seconds above 0", v)
		}
		*at(s) = time.Duration(n) * time.Second
		return nil
	}
}

// yes reads on and off as well, the words of SAM's template.
func yes(at func(*Settings) *bool) setter {
	return func(s *Settings, v string) (err error) {
		switch v {
		case "on", "off":
			*at(s) = v == "on"
		default:
			if *at(s), err = strconv.ParseBool(v); err != nil {
				return fmt.Errorf("%q: want true or false, or on or off", v)
			}
		}
		return nil
	}
}

func not(at func(*Settings) *bool) setter {
	return func(s *Settings, v string) error {
		err := yes(at)(s, v)
		*at(s) = !*at(s)
		return err
	}
}
