package admission

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

const (
	refreshEvery = time.Hour
	unknownEvery = time.Minute // between two requests because of unknown keys

	// A request that failed is made again after firstWait, then after twice that, and so on. While
	// there is no key at all nobody gets in, so that ends early: a server that has healed is noticed
	// within closedWait. With keys at hand the server is left in peace.
	firstWait  = time.Second
	closedWait = 4 * time.Second
	openWait   = time.Minute
)

// keySet is the JWK Set at a URL. It is asked for by the handshakes that need it, and by their time:
// between them Lambda freezes the process, so nothing could watch over it.
type keySet struct {
	url    string
	client *http.Client

	mu       sync.Mutex
	keys     keyfunc.Keyfunc // nil without any; those of before stay when a request fails
	fetched  time.Time       // zero until the first handshake
	asked    time.Time       // when the latest request began; zero if that was the start's
	unknown  time.Time       // when the latest one because of an unknown key did
	failures int             // in a row, up to now
	failure  error           // of the latest request
	running  chan struct{}   // closed when the request that runs has ended; nil if none does
}

// fetchKeys fails if the URL is none that keys may come from. If they cannot be fetched now, the first
// token asks again at once.
func fetchKeys(ctx context.Context, address string, transport http.RoundTripper) (*keySet, error) {
	if err := checkURL(address); err != nil {
		return nil, err
	}
	k := &keySet{url: address, client: &http.Client{Transport: transport, CheckRedirect: checkRedirect}}
	k.ask(ctx, time.Time{}, false)
	k.failures = 0 // nobody knows how long ago the start will have been
	return k, nil
}

// noKeysError says that it is not for the token that nobody gets in.
type noKeysError struct{ cause error }

func (e *noKeysError) Error() string {
	return fmt.Sprintf("the keys at AUTH_JWKS_URL could not be fetched: %v", e.cause)
}

func (e *noKeysError) Unwrap() error { return e.cause }

// key returns what finds the key of a token of a handshake at that time.
func (k *keySet) key(ctx context.Context, now time.Time) jwt.Keyfunc {
	return func(token *jwt.Token) (any, error) {
		if k.stale(now) {
			k.ask(ctx, now, false)
		}
		key, err := k.find(ctx, token)
		if errors.Is(err, jwkset.ErrKeyNotFound) {
			k.ask(ctx, now, true)
			return k.find(ctx, token)
		}
		return key, err
	}
}

func (k *keySet) find(ctx context.Context, token *jwt.Token) (any, error) {
	k.mu.Lock()
	keys, failure := k.keys, k.failure
	k.mu.Unlock()
	if keys == nil {
		return nil, &noKeysError{failure}
	}
	return keys.KeyfuncCtx(ctx)(token)
}

// stale reports whether the keys are missing or older than they should be. Those of the start count as
// of the first handshake.
func (k *keySet) stale(now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keys != nil && k.fetched.IsZero() {
		k.fetched = now
	}
	return k.keys == nil || now.Sub(k.fetched) >= refreshEvery
}

// ask requests the keys if it is time to, or waits for a request that runs already.
func (k *keySet) ask(ctx context.Context, now time.Time, unknown bool) {
	k.mu.Lock()
	if running := k.running; running != nil {
		k.mu.Unlock()
		select {
		case <-running:
		case <-ctx.Done():
		}
		return
	}
	if !k.due(now, unknown) {
		k.mu.Unlock()
		return
	}
	k.running, k.asked = make(chan struct{}), now
	if unknown {
		k.unknown = now
	}
	k.mu.Unlock()

	var keys keyfunc.Keyfunc
	err := errors.New("the request came to no end")
	defer func() { k.settle(now, keys, err) }()
	keys, err = k.fetch(ctx)
}

// due reports whether the server may be asked now.
func (k *keySet) due(now time.Time, unknown bool) bool {
	if k.failures == 0 {
		return !unknown || now.Sub(k.unknown) >= unknownEvery
	}
	longest := openWait
	if k.keys == nil {
		longest = closedWait
	}
	wait := firstWait
	for range k.failures - 1 {
		wait = min(2*wait, longest)
	}
	return now.Sub(k.asked) >= wait
}

func (k *keySet) settle(now time.Time, keys keyfunc.Keyfunc, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.failure = err
	switch {
	case err == nil:
		k.keys, k.fetched, k.failures = keys, now, 0
	case errors.Is(err, errEmpty): // so whoever issues the tokens wants it
		k.keys = nil
		k.failures++
	default:
		k.failures++
	}
	close(k.running)
	k.running = nil
}
