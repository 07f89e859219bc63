package admission

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/parley-rtc/parley/internal/signaling"
)

// maxToken is the longest token that is looked at, in bytes. API Gateway takes 10 KB of headers in all.
const maxToken = 8 << 10

// Tokens verifies tokens.
type Tokens struct {
	key     func(context.Context, time.Time) jwt.Keyfunc
	options []jwt.ParserOption
}

// Expected are the claims that every token must have; "" asks for none.
type Expected struct{ Issuer, Audience string }

// minSecret is what RFC 7518, section 3.2, asks of a key for HS256, in bytes: whoever has one token can try out shorter ones
// at home.
const minSecret = 32

// WithSecret returns Tokens for HS256. It fails if the secret is too short to be one.
func WithSecret(secret []byte, want Expected) (*Tokens, error) {
	if len(secret) < minSecret {
		return nil, fmt.Errorf("the secret has %d bytes, and HS256 wants %d or more: make one with openssl rand -base64 32", len(secret), minSecret)
	}
	return &Tokens{
		key: func(context.Context, time.Time) jwt.Keyfunc {
			return func(*jwt.Token) (any, error) { return secret, nil }
		},
		options: options(want, jwt.SigningMethodHS256.Alg()),
	}, nil
}

// WithKeys returns Tokens for RS256, ES256 and EdDSA, by the JWK Set at a URL. It is fetched now and every hour, and, at
// most once a minute, when a token names a key that it does not have. If that fails, the keys of before go on; without
// any, tokens ask again after 1, 2, and then every 4 seconds.
func WithKeys(ctx context.Context, url string, want Expected) (*Tokens, error) {
	return withKeys(ctx, url, want, http.DefaultTransport)
}

func withKeys(ctx context.Context, url string, want Expected, transport http.RoundTripper) (*Tokens, error) {
	keys, err := fetchKeys(ctx, url, transport)
	if err != nil {
		return nil, err
	}
	return &Tokens{
		key:     keys.key,
		options: options(want, jwt.SigningMethodRS256.Alg(), jwt.SigningMethodES256.Alg(), jwt.SigningMethodEdDSA.Alg()),
	}, nil
}

func options(want Expected, algorithms ...string) []jwt.ParserOption {
	list := []jwt.ParserOption{
		jwt.WithValidMethods(algorithms), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(signaling.Skew), jwt.WithStrictDecoding(),
	}
	if want.Issuer != "" {
		list = append(list, jwt.WithIssuer(want.Issuer))
	}
	if want.Audience != "" {
		list = append(list, jwt.WithAudience(want.Audience))
	}
	return list
}

// Verify returns what a token grants at that time. An *signaling.Error of CodeUnauthorized says what is wrong with it; any
// other error is ours.
func (t *Tokens) Verify(ctx context.Context, token string, now time.Time) (*signaling.Rights, error) {
	if len(token) > maxToken {
		return nil, signaling.Errorf(signaling.CodeUnauthorized, "the token is longer than %d bytes", maxToken)
	}
	if strings.ContainsFunc(token, foreign) {
		return nil, signaling.Errorf(signaling.CodeUnauthorized, "the token is no JSON Web Token: it has characters that none has")
	}
	var c claims
	parser := jwt.NewParser(append(t.options[:len(t.options):len(t.options)], jwt.WithTimeFunc(func() time.Time { return now }))...)
	_, err := parser.ParseWithClaims(token, &c, understood(t.key(ctx, now)))
	if err == nil {
		return c.rights(), nil
	}
	if ours, ok := errors.AsType[*noKeysError](err); ok {
		return nil, ours
	}
	return nil, signaling.Errorf(signaling.CodeUnauthorized, "%s", reason(err))
}

// foreign says that a character is not of a token's: the library's decoder skips line breaks.
func foreign(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.'
}

var errCritical = errors.New("the token has a header that must be understood and is not (crit)")

// understood refuses tokens with critical headers: we know none (RFC 7515, section 4.1.11).
func understood(key jwt.Keyfunc) jwt.Keyfunc {
	return func(t *jwt.Token) (any, error) {
		if _, ok := t.Header["crit"]; ok {
			return nil, errCritical
		}
		return key(t)
	}
}

// reason says why the library refused a token, in words of our own: its words may quote the token.
func reason(err error) string {
	for _, known := range []struct {
		err  error
		text string
	}{
		{errCritical, errCritical.Error()},
		{jwt.ErrTokenMalformed, "the token is no JSON Web Token, or a claim has the wrong type"},
		{jwt.ErrTokenUnverifiable, "the token is signed with a key that is not known"},
		{jwt.ErrTokenSignatureInvalid, "the token's signature is wrong, or its algorithm is not one that is accepted"},
		{jwt.ErrTokenExpired, "the token has expired"},
		{jwt.ErrTokenNotValidYet, "the token is not valid yet"},
		{jwt.ErrTokenUsedBeforeIssued, "the token was issued in the future"},
		{jwt.ErrTokenInvalidAudience, "the token is for another audience than AUTH_AUDIENCE"},
		{jwt.ErrTokenInvalidIssuer, "the token is by another issuer than AUTH_ISSUER"},
		{jwt.ErrTokenRequiredClaimMissing, "the token lacks a claim that is required: exp, and aud or iss where they are configured"},
		{errExpires, errExpires.Error()},
		{errSubject, errSubject.Error()},
		{errPeer, errPeer.Error()},
		{errRooms, errRooms.Error()},
		{errRole, errRole.Error()},
		{errSeats, errSeats.Error()},
	} {
		if errors.Is(err, known.err) {
			return known.text
		}
	}
	return "the token is not valid"
}
