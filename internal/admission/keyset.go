package admission

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"golang.org/x/time/rate"
)

const (
	maxKeySet    = 1 << 20         // bytes of a JWK Set
	fetchLimit   = 3 * time.Second // for one request
	refreshEvery = time.Hour
	unknownEvery = time.Minute // between two requests because of unknown keys
)

// keySet is the JWK Set at a URL, kept and fetched again by the library.
type keySet struct {
	keyfunc.Keyfunc
	failure atomic.Pointer[error]
}

// fetchKeys fails if the URL is none that keys may come from. If they cannot be fetched now, the first token tries again.
func fetchKeys(ctx context.Context, address string) (*keySet, error) {
	if err := checkURL(address); err != nil {
		return nil, err
	}
	k := &keySet{}
	set, err := keyfunc.NewDefaultOverrideCtx(ctx, []string{address}, keyfunc.Override{
		Client:            &http.Client{Timeout: fetchLimit, Transport: bounded{}, CheckRedirect: sameRules},
		HTTPTimeout:       fetchLimit,
		RateLimitWaitMax:  fetchLimit,
		RefreshInterval:   refreshEvery,
		RefreshUnknownKID: rate.NewLimiter(rate.Every(unknownEvery), 1),
		RefreshErrorHandlerFunc: func(string) func(context.Context, error) {
			return func(_ context.Context, err error) { k.failure.Store(&err) }
		},
	})
	k.Keyfunc = set
	return k, err
}

func sameRules(r *http.Request, via []*http.Request) error {
	if len(via) > 3 {
		return errors.New("too many redirects")
	}
	return checkURL(r.URL.String())
}

// checkURL: whoever can change the answer can make tokens, so it has to come by https, or from this machine.
func checkURL(address string) error {
	u, err := url.Parse(address)
	if err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())) {
		return nil
	}
	return fmt.Errorf("AUTH_JWKS_URL: want an https URL, or http on loopback")
}

func (k *keySet) empty(ctx context.Context) bool {
	keys, err := k.Storage().KeyReadAll(ctx)
	return err == nil && len(keys) == 0
}

func (k *keySet) lastError() error {
	if err := k.failure.Load(); err != nil {
		return *err
	}
	return errors.New("the set has no key that can be used")
}

// bounded is the default transport, with answers cut off at maxKeySet.
type bounded struct{}

func (bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxKeySet), resp.Body}
	}
	return resp, err
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
