package admission

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
)

const (
	maxKeySet  = 1 << 20         // bytes of a JWK Set
	fetchLimit = 3 * time.Second // for one request
)

var errEmpty = errors.New("the set has no keys")

// fetch requests the keys. Others may wait for them as well, so it does not end with the event that asks.
func (k *keySet) fetch(ctx context.Context) (keyfunc.Keyfunc, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := k.client.Do(req)
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return nil, failed.Err // the address it came to may hold what is not for the log
	}
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answers %s", resp.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxKeySet+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxKeySet {
		return nil, fmt.Errorf("the answer is longer than %d bytes", maxKeySet)
	}
	return readKeys(ctx, raw)
}

// readKeys leaves keys out that it does not understand (RFC 7517, section 5).
func readKeys(ctx context.Context, raw []byte) (keyfunc.Keyfunc, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	switch err := json.Unmarshal(raw, &set); {
	case err != nil || set.Keys == nil:
		return nil, errors.New("the answer is no JWK Set")
	case len(set.Keys) == 0:
		return nil, errEmpty
	}
	storage := jwkset.NewMemoryStorage()
	understood := 0
	for _, one := range set.Keys {
		key, err := jwkset.NewJWKFromRawJSON(one, jwkset.JWKMarshalOptions{Private: true}, jwkset.JWKValidateOptions{})
		if err != nil {
			continue
		}
		if err := storage.KeyWrite(ctx, key); err != nil {
			return nil, err
		}
		understood++
	}
	if understood == 0 {
		return nil, errors.New("the set has no key that can be used")
	}
	return keyfunc.New(keyfunc.Options{Storage: storage})
}

// checkURL: whoever can change the answer can make tokens, so it has to come by https, or from this machine.
func checkURL(address string) error {
	u, err := url.Parse(address)
	if err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())) {
		return nil
	}
	return fmt.Errorf("AUTH_JWKS_URL: want an https URL, or http on loopback")
}

// checkRedirect keeps a way that is https so to its end: what listens on loopback is trusted only where
// the settings name it.
func checkRedirect(r *http.Request, via []*http.Request) error {
	if len(via) > 3 {
		return errors.New("too many redirects")
	}
	if err := checkURL(r.URL.String()); err != nil {
		return errors.New("it redirects to what is neither https nor http on loopback")
	}
	if r.URL.Scheme != "https" && via[len(via)-1].URL.Scheme == "https" {
		return errors.New("it redirects from https to " + r.URL.Scheme)
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
