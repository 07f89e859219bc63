package dynamo

import (
	"context"
	"net/http"
	"sync"
)

// Lazy is the transport to an engine that starts with the first request for it. What a request's
// URL says of the host does not matter.
type Lazy struct {
	// Start returns the host:port of the engine. After an error it is asked again with the next
	// request.
	Start func(context.Context) (host string, err error)
	Next  http.RoundTripper

	mu   sync.Mutex
	host string
}

var _ http.RoundTripper = (*Lazy)(nil)

// RoundTrip sends a request to the engine.
func (l *Lazy) RoundTrip(r *http.Request) (*http.Response, error) {
	host, err := l.started(r.Context())
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Host = host
	return l.Next.RoundTrip(r)
}

func (l *Lazy) started(ctx context.Context) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.host != "" {
		return l.host, nil
	}
	var err error
	l.host, err = l.Start(ctx)
	return l.host, err
}
