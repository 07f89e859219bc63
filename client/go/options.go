package parley

import (
	"context"
	"net/http"
	"time"
)

// Options say how to connect. All may be left out.
type Options struct {
	// Token returns the JSON Web Token to connect with, where the service asks for one. It is asked
	// for each connection, also after a loss and before two hours are over, since tokens expire.
	// See StaticToken.
	Token func(context.Context) (string, error)
	// Timeout is how long to wait for a connection, and for each answer; 10 s when 0.
	Timeout time.Duration
	// Header is sent with each handshake.
	Header http.Header
	// HTTPClient makes the handshakes: for proxies, certificates, tests. http.DefaultClient when
	// nil.
	HTTPClient *http.Client
}

// StaticToken returns a Token function for a token that lives as long as it has to.
func StaticToken(token string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return token, nil }
}
