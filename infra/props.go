package infra

import (
	"errors"
	"fmt"
	"math"
	"net/mail"
	"net/url"
	"regexp"
	"time"

	"github.com/parley-rtc/parley/internal/ice"
)

// The ways in which clients are admitted.
const (
	AuthNone   = "none"   // everybody
	AuthJWT    = "jwt"    // who has a token, signed with a secret or a key of a JWK Set
	AuthCustom = "custom" // whom the rule in functions/connect lets in
)

// The ways in which a room gets its host.
const (
	HostToken = "token" // the claim role says so
	HostFirst = "first" // who opens an empty room
)

// maxTURNTTL is as much as SAM's template takes: 115 days.
const maxTURNTTL = 9_999_999 * time.Second

// Unlimited is the value of a limit that is not there.
const Unlimited = -1

// Props are the settings of a Signaling. The zero value of each, but Auth, is its default.
type Props struct {
	Stage  string // in the URL; default prod
	Assets string // folder with connect, disconnect and message, each with a bootstrap for linux/arm64 and what is packed beside it; by default they are built

	Auth                string   // AuthNone, AuthJWT or AuthCustom; required
	CustomRule          bool     // functions/connect has a rule of its own; AuthCustom wants it
	AuthSecretParameter string   // name of an SSM parameter, best a SecureString; for AuthJWT, or else AuthJWKSURL
	AuthJWKSURL         string   // https
	AuthIssuer          string   // claim iss that every token must have
	AuthAudience        string   // claim aud that every token must have
	Host                string   // HostToken (default) or HostFirst
	Lobby               bool     // whoever is no host has to be let into a room by one
	AllowedOrigins      []string // web pages that may connect; default all

	Dialects  []string // protocols that are served: DialectParley (always), DialectYWebRTC, DialectPeerJS, DialectSocketIO, DialectSIP; default all
	PeerJSKey string   // that clients of PeerJS have to bring; default peerjs

	SocketIORecipe string // what serves the namespaces of Socket.IO, see docs/deploy.md, Recipes; default auto
	Recipes        string // folder of recipes of one's own, NAME.yaml, .yml or .json, that need not be there; default recipes. Assets have them already

	SIPDomain         string // host of all SIP addresses; default whatever host a phone names
	SIPUsers          string // JSON of who has a password, for SIP; it stands in the template
	SIPUsersParameter string // or name of an SSM parameter, best a SecureString, with that JSON

	Heartbeats string // who settles those of y-webrtc and PeerJS: HeartbeatsLambda (default) or HeartbeatsMock

	Seats               int           // in each room, 1 to 250; default 16
	Grace               time.Duration // how long the seat of a lost peer is kept, at most 1 h; default 30 s
	NoGrace             bool          // a lost peer is gone at once
	MessageRate         int           // messages a second of a connection, at most 10000, or Unlimited; default 50
	MessageBurst        int           // messages of a connection at once, at most 100000; default 500
	JoinsPerMinute      int           // of a connection, at most 100000, or Unlimited; default 300
	RoomsPerConnection  int           // at a time, at most 250, or Unlimited; default 16
	MaxMessage          int           // bytes of a client's message, at most 131072, or Unlimited: API Gateway's own limit; default 131072
	MaxPeerData         int           // bytes of a peer's own data, at most 102400, or Unlimited; default 4096
	HoldCandidates      int           // ms that a candidate without a counter waits for its description, at most 2000; default 250, and Unlimited is not at all
	ICEServers          string        // JSON list of RTCIceServer
	TURNURLs            []string      // turn: and turns: URLs that take time-limited credentials
	TURNSecretParameter string        // name of an SSM parameter with the secret shared with the TURN server
	TURNTTL             time.Duration // that a TURN credential lives; default 12 h

	Domain        *Domain // default none: the API's own name
	FrontDoor     bool    // a CloudFront distribution takes handshakes on any path, and what clients ask by HTTP
	ThrottleRate  float64 // messages and handshakes a second that the stage takes; default 0: the account's limit
	ThrottleBurst int     // above the rate for a moment; set both or none

	ReservedConcurrency int // executions at a time of each function, kept for it and its most; default 0: none are kept

	MemoryMB  int     // of each function, default 128
	LogLevel  string  // debug, info (default), warn or error
	LogDays   int     // that logs are kept, default 14
	NoMetrics bool    // no CloudWatch metrics from the functions' log lines
	XRay      bool    // trace the functions
	AccessLog bool    // a line for each handshake and message; makes the region's role for it, see NoAccountRole
	BudgetUSD float64 // a month; above it nobody joins any more; default 0: no limit

	NoAccountRole bool   // AccessLog, and the region has a role for API Gateway's logs already
	Retain        bool   // keep the tables when the stack is deleted
	Alarms        bool   // and a dashboard; about $0.90 a month. They want metrics
	AlarmEmail    string // who is told of them; with Alarms
}

// Domain is a name of one's own for the API.
type Domain struct {
	Name           string // e.g. signal.example.org; clients connect to wss://{Name}
	CertificateARN string // of AWS Certificate Manager, in the same region
	HostedZoneID   string // Route 53; "" makes no record
	ZoneName       string // e.g. example.org; beside HostedZoneID
}

var (
	stageName     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	parameterName = regexp.MustCompile(`^(/[A-Za-z0-9_.-]+)+$`)
	certificate   = regexp.MustCompile(`^arn:aws[a-z-]*:acm:`)
)

// withDefaults returns the props with every default in its place, or says what is wrong with them.
func (p Props) withDefaults() (Props, error) {
	setDefault(&p.Stage, "prod")
	setDefault(&p.Host, HostToken)
	if len(p.Dialects) == 0 {
		p.Dialects = allDialects()
	}
	setDefault(&p.PeerJSKey, "peerjs")
	setDefault(&p.SocketIORecipe, recipeAuto)
	setDefault(&p.Recipes, "recipes")
	setDefault(&p.Heartbeats, HeartbeatsLambda)
	setDefault(&p.Seats, 16)
	setDefault(&p.ICEServers, `[{"urls":["stun:stun.l.google.com:19302"]}]`)
	setDefault(&p.TURNTTL, 12*time.Hour)
	if !p.NoGrace {
		setDefault(&p.Grace, 30*time.Second)
	}
	setDefault(&p.MessageRate, 50)
	setDefault(&p.MessageBurst, 500)
	setDefault(&p.JoinsPerMinute, 300)
	setDefault(&p.RoomsPerConnection, 16)
	setDefault(&p.MaxMessage, 128<<10)
	setDefault(&p.MaxPeerData, 4<<10)
	setDefault(&p.HoldCandidates, 250)
	setDefault(&p.MemoryMB, 128)
	setDefault(&p.LogLevel, "info")
	setDefault(&p.LogDays, 14)
	return p, errors.Join(p.checkAuth(), p.checkDialects(), p.checkSIP(), p.checkRecipes(), p.checkHeartbeats(), p.checkRooms(), p.checkLimits(), p.checkOperations(),
		p.checkDomain(), p.checkEnvironment())
}

func setDefault[T comparable](at *T, value T) {
	var zero T
	if *at == zero {
		*at = value
	}
}

func (p Props) checkAuth() error {
	switch p.Auth {
	case AuthNone:
	case AuthCustom:
		if !p.CustomRule {
			return errors.New("auth custom: functions/connect does not start without a rule of its own: write one (docs/architecture.md), then set customRule")
		}
	case "":
		return errors.New("auth is not set: want jwt with authSecretParameter or authJwksUrl, or none to let everybody in")
	case AuthJWT:
		if (p.AuthSecretParameter == "") == (p.AuthJWKSURL == "") {
			return errors.New("auth jwt: want either authSecretParameter or authJwksUrl")
		}
	default:
		return fmt.Errorf("auth %q: want none, jwt or custom", p.Auth)
	}
	if u, err := url.Parse(p.AuthJWKSURL); p.AuthJWKSURL != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		return fmt.Errorf("authJwksUrl %q: want an https URL", p.AuthJWKSURL)
	}
	for _, origin := range p.AllowedOrigins {
		if u, err := url.Parse(origin); err != nil || u.Host == "" || origin != u.Scheme+"://"+u.Host {
			return fmt.Errorf("allowedOrigins %q: want origins such as https://example.org, without a path", origin)
		}
	}
	if p.Host != HostToken && p.Host != HostFirst {
		return fmt.Errorf("host %q: want token or first", p.Host)
	}
	if p.Lobby && p.Auth == AuthNone && p.Host == HostToken {
		return errors.New("lobby: nobody could let others in, as auth none has no tokens to say who is host: want host first, or auth jwt")
	}
	return checkParameter("authSecretParameter", p.AuthSecretParameter)
}

func checkParameter(field, name string) error {
	if name != "" && !parameterName.MatchString(name) {
		return fmt.Errorf("%s %q: want the name of an SSM parameter such as /my-app/secret, not its value", field, name)
	}
	return nil
}

func (p Props) checkRooms() error {
	switch {
	case p.Seats < 1 || p.Seats > 250:
		return fmt.Errorf("seats %d: want 1 to 250", p.Seats)
	case p.Grace < 0 || p.Grace > time.Hour:
		return fmt.Errorf("grace %v: want at most an hour", p.Grace)
	case p.TURNTTL < time.Minute || p.TURNTTL > maxTURNTTL:
		return fmt.Errorf("turnTtl %v: want 60 to %.0f seconds", p.TURNTTL, maxTURNTTL.Seconds())
	case (len(p.TURNURLs) > 0) != (p.TURNSecretParameter != ""):
		return errors.New("turnUrls and turnSecretParameter: want both, or neither")
	}
	for _, u := range p.TURNURLs {
		if !ice.IsTURN(u) {
			return fmt.Errorf("turnUrls %q: want URLs such as turn:turn.example.org or turns:turn.example.org:443?transport=tcp", u)
		}
	}
	if _, err := ice.Parse(p.ICEServers); err != nil {
		return fmt.Errorf("iceServers: %w", err)
	}
	return checkParameter("turnSecretParameter", p.TURNSecretParameter)
}

func (p Props) checkLimits() error {
	for _, l := range []struct {
		name           string
		n, least, most int
	}{
		{"messageRate", p.MessageRate, Unlimited, 10_000},
		{"messageBurst", p.MessageBurst, 1, 100_000},
		{"joinsPerMinute", p.JoinsPerMinute, Unlimited, 100_000},
		{"roomsPerConnection", p.RoomsPerConnection, Unlimited, 250},
		{"maxMessage", p.MaxMessage, Unlimited, 128 << 10},
		{"maxPeerData", p.MaxPeerData, Unlimited, 100 << 10},
		{"holdCandidates", p.HoldCandidates, Unlimited, 2000},
	} {
		if l.n < l.least || l.n > l.most {
			return fmt.Errorf("%s %d: want at most %d", l.name, l.n, l.most)
		}
	}
	return nil
}

func (p Props) checkOperations() error {
	if !stageName.MatchString(p.Stage) {
		return fmt.Errorf("stage %q: want letters, digits, - and _", p.Stage)
	}
	if !isSum(p.ThrottleRate) || p.ThrottleBurst < 0 || (p.ThrottleRate > 0) != (p.ThrottleBurst > 0) {
		return errors.New("throttleRate and throttleBurst: want both above 0, or neither; API Gateway lets nothing through at 0")
	}
	if p.ReservedConcurrency < 0 || p.ReservedConcurrency > 99_999 {
		return fmt.Errorf("reservedConcurrency %d: want 1 to 99999, or 0 for none", p.ReservedConcurrency)
	}
	if p.MemoryMB < 128 || p.MemoryMB > 10240 {
		return fmt.Errorf("memory %d: want 128 to 10240 MB", p.MemoryMB)
	}
	switch p.LogLevel {
	case "debug", "info", "warn", "error":
	default:
		return fmt.Errorf("logLevel %q: want debug, info, warn or error", p.LogLevel)
	}
	if p.LogDays < 1 {
		return fmt.Errorf("logDays %d: want 1 or more", p.LogDays)
	}
	if !isSum(p.BudgetUSD) {
		return fmt.Errorf("budgetUsd %v: want a sum above 0", p.BudgetUSD)
	}
	return p.checkAlarms()
}

func (p Props) checkAlarms() error {
	if _, err := mail.ParseAddress(p.AlarmEmail); p.AlarmEmail != "" && err != nil {
		return fmt.Errorf("alarmEmail %q: want an e-mail address", p.AlarmEmail)
	}
	if p.AlarmEmail != "" && !p.Alarms {
		return errors.New("alarmEmail: there is no alarm to tell of: want alarms=true beside it")
	}
	if p.Alarms && p.NoMetrics {
		return errors.New("alarms: those of internal errors and spend read metrics, and there are none with metrics=false: want metrics, or no alarms")
	}
	return nil
}

// isSum leaves out what a float can be and a number of dollars or messages cannot.
func isSum(f float64) bool { return f >= 0 && !math.IsInf(f, 0) }

func (p Props) checkDomain() error {
	d := p.Domain
	switch {
	case d == nil:
		return nil
	case d.Name == "" || !certificate.MatchString(d.CertificateARN):
		return errors.New("domainName: want certificateArn, a certificate of AWS Certificate Manager, beside it")
	case (d.HostedZoneID == "") != (d.ZoneName == ""):
		return errors.New("hostedZoneId and zoneName: want both, or neither")
	}
	return nil
}
