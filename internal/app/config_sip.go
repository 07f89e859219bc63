package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/parley-rtc/parley/internal/sip/digest"
)

const maxSIPDomain = 253 // of a name in the DNS

// SIP says who may use the dialect sip.
type SIP struct {
	Domain         string       // SIP_DOMAIN: the host of all addresses; "" is whatever a client names
	Users          digest.Users // SIP_USERS: JSON of names and their passwords or hashes
	UsersParameter string       // SIP_USERS_PARAMETER, a name in the SSM parameter store, in place of SIP_USERS
}

func parseSIP(env func(string) string) (SIP, error) {
	s := SIP{Domain: strings.ToLower(env("SIP_DOMAIN")), UsersParameter: env("SIP_USERS_PARAMETER")}
	if !isDomain(s.Domain) {
		return s, fmt.Errorf("SIP_DOMAIN=%q: want a host name such as calls.example.org", env("SIP_DOMAIN"))
	}
	var err error
	if s.Users, err = digest.ParseUsers(env("SIP_USERS"), s.Domain); err != nil {
		return s, fmt.Errorf("SIP_USERS: %w", err)
	}
	if env("SIP_USERS") != "" && s.UsersParameter != "" {
		return s, errors.New("SIP_USERS and SIP_USERS_PARAMETER are both set: want one of them")
	}
	return s, nil
}

// isDomain tells a host name, or its absence. It is a pattern in both templates.
func isDomain(s string) bool {
	if s == "" {
		return true
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || !consistsOf(label, "-") {
			return false
		}
	}
	return len(s) <= maxSIPDomain
}

// sipUsers returns who has a password. A parameter is read by the first who asks, so that no other
// function waits for it, and again after that has failed.
func (a *App) sipUsers() func(context.Context) (digest.Users, error) {
	if a.Config.SIP.UsersParameter == "" {
		return func(context.Context) (digest.Users, error) { return a.Config.SIP.Users, nil }
	}
	var mu sync.Mutex
	var users digest.Users
	return func(ctx context.Context) (digest.Users, error) {
		mu.Lock()
		defer mu.Unlock()
		if users != nil {
			return users, nil
		}
		text, err := a.Secret(ctx, "", a.Config.SIP.UsersParameter)
		if err == nil {
			users, err = digest.ParseUsers(text, a.Config.SIP.Domain)
		}
		if err == nil && users == nil {
			err = errors.New("it names nobody")
		}
		if err != nil {
			return nil, fmt.Errorf("SIP_USERS_PARAMETER: %w", err)
		}
		return users, nil
	}
}
