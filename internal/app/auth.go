package app

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// The modes of AUTH.
const (
	AuthNone   = "none"   // everybody
	AuthJWT    = "jwt"    // by a token
	AuthCustom = "custom" // by a hook in functions/connect
)

// Auth says how clients are admitted.
type Auth struct {
	Mode            string // AUTH: none (default), jwt or custom
	Secret          string // AUTH_SECRET
	SecretParameter string // AUTH_SECRET_PARAMETER, a name in the SSM parameter store
	KeysURL         string // AUTH_JWKS_URL
	Issuer          string // AUTH_ISSUER
	Audience        string // AUTH_AUDIENCE
}

func parseAuth(env func(string) string) (Auth, error) {
	a := Auth{
		Mode: env("AUTH"), Secret: env("AUTH_SECRET"), SecretParameter: env("AUTH_SECRET_PARAMETER"), KeysURL: env("AUTH_JWKS_URL"),
		Issuer: env("AUTH_ISSUER"), Audience: env("AUTH_AUDIENCE"),
	}
	switch a.Mode {
	case "":
		a.Mode = AuthNone
	case AuthNone, AuthCustom:
	case AuthJWT:
		secret := a.Secret != "" || a.SecretParameter != ""
		if secret == (a.KeysURL != "") {
			return a, errors.New("AUTH=jwt: want one of AUTH_SECRET (or AUTH_SECRET_PARAMETER) and AUTH_JWKS_URL, not both")
		}
	default:
		return a, fmt.Errorf("AUTH=%q: want none, jwt or custom", a.Mode)
	}
	return a, nil
}

// parseOrigins reads origins as browsers write them: a scheme, a host, and a port if it is not the scheme's own.
func parseOrigins(v string) ([]string, error) {
	var list []string
	for origin := range strings.SplitSeq(v, ",") {
		if origin = strings.TrimSpace(origin); origin == "" {
			continue
		}
		u, err := url.Parse(origin)
		if err != nil || u.Scheme == "" || u.Host == "" || origin != u.Scheme+"://"+u.Host {
			return nil, fmt.Errorf("ALLOWED_ORIGINS: %q: want origins such as https://example.org, without a path, separated by commas", origin)
		}
		list = append(list, origin)
	}
	return list, nil
}

func parseHost(v string) (first bool, err error) {
	switch v {
	case "", "token":
		return false, nil
	case "first":
		return true, nil
	}
	return false, fmt.Errorf("HOST=%q: want token or first", v)
}

// parseLobby wants somebody who can let others in.
func (c *Config) parseLobby(v string) error {
	switch v {
	case "", "off":
		return nil
	case "on":
		c.Lobby = true
	default:
		return fmt.Errorf("LOBBY=%q: want off or on", v)
	}
	if c.Auth.Mode == AuthNone && !c.FirstHosts {
		return errors.New("LOBBY=on: nobody could let others in, as AUTH=none has no tokens to say who is host: want HOST=first, or AUTH=jwt")
	}
	return nil
}
