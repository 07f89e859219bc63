package push

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"

	"github.com/parley-rtc/parley/internal/roots"
	"github.com/parley-rtc/parley/internal/sigv4"
)

// service is what API Gateway is called where requests to it are signed.
const service = "execute-api"

// poster makes first attempts.
type poster struct {
	pool        *pool
	prefix      string // of all paths
	credentials aws.CredentialsProvider
	trace       func() string
}

// newPoster returns nil where the SDK's client has to do all: behind a proxy, or with an endpoint that
// is no plain one.
func newPoster(o apigatewaymanagementapi.Options, trusted *roots.Roots, env func(string) string) *poster {
	if o.BaseEndpoint == nil || o.Credentials == nil || !isPlain(o.Region) {
		return nil
	}
	u, err := url.Parse(*o.BaseEndpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	path := strings.Trim(u.Path, "/")
	if path != "" {
		path += "/"
	}
	// Nothing but these, and none that would be escaped.
	if again := u.Scheme + "://" + u.Host + "/" + path; strings.TrimSuffix(again, "/") != strings.TrimSuffix(*o.BaseEndpoint, "/") ||
		!isPlain(strings.ReplaceAll(u.Host, ":", "")) || !isPlain(strings.ReplaceAll(path, "/", "")+"-") || strings.Contains(path, "//") {
		return nil
	}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u}); proxy != nil || err != nil {
		return nil
	}
	p := &poster{
		pool:        newPool(u, o.Region, trusted),
		prefix:      "/" + path + "@connections/",
		credentials: o.Credentials,
		trace:       func() string { return "" },
	}
	if env("AWS_LAMBDA_FUNCTION_NAME") != "" { // as the SDK goes by it
		p.trace = func() string { return env("_X_AMZN_TRACE_ID") }
	}
	return p
}

// isPlain reports whether the text is the same in a path, in a field and signed.
func isPlain(text string) bool {
	return text != "" && string(sigv4.AppendEscaped(nil, text, false)) == text
}

// post makes the first attempt of a push.
func (p *poster) post(ctx context.Context, end time.Time, to string, frame []byte) attempt {
	credentials, err := p.credentials.Retrieve(ctx)
	if err != nil {
		return attempt{outcome: unmade} // the SDK's client says why
	}
	s, err := p.pool.take(ctx, end)
	if err != nil {
		return attempt{outcome: unclear, err: err}
	}
	s.path = sigv4.AppendEscaped(append(s.path[:0], p.prefix...), to, false)
	return s.post(ctx, end, credentials, p.trace(), frame)
}
