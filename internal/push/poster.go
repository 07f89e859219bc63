package push

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

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

// newPoster returns nil where the SDK has to do all: behind a proxy, or with an endpoint that
// is no plain one.
func newPoster(s Stage, clock *clock) *poster {
	if !isPlain(s.Region) {
		return nil
	}
	u, path, ok := plainEndpoint(s.Endpoint)
	if !ok {
		return nil
	}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u}); proxy != nil || err != nil {
		return nil
	}
	p := &poster{
		pool:        newPool(u, s.Region, s.Trusted, clock),
		prefix:      path + "@connections/",
		credentials: s.Credentials,
		trace:       func() string { return "" },
	}
	if s.Env("AWS_LAMBDA_FUNCTION_NAME") != "" { // as the SDK goes by it
		p.trace = func() string { return s.Env("_X_AMZN_TRACE_ID") }
	}
	return p
}

// plainEndpoint reads an endpoint, and reports whether it is a host and words of a path, none of
// which has to be escaped. The path is that of what is below it.
func plainEndpoint(text string) (u *url.URL, path string, ok bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, "", false
	}
	path = "/"
	if words := strings.Trim(u.Path, "/"); words != "" {
		for word := range strings.SplitSeq(words, "/") {
			if !isPlain(word) {
				return nil, "", false
			}
		}
		path = "/" + words + "/"
	}
	whole := u.Scheme + "://" + u.Host + path
	return u, path, isPlain(strings.ReplaceAll(u.Host, ":", "")) && (whole == text || whole == text+"/")
}

// isPlain reports whether the text is the same in a path, in a field and signed.
func isPlain(text string) bool {
	return text != "" && string(sigv4.AppendEscaped(nil, text, false)) == text
}

// post makes the first attempt of a push.
func (p *poster) post(ctx context.Context, end time.Time, to string, frame []byte) attempt {
	credentials, err := p.credentials.Retrieve(ctx)
	if err != nil {
		return attempt{outcome: unmade} // the SDK says why
	}
	s, err := p.pool.take(ctx, end)
	if err != nil {
		return attempt{outcome: unclear, err: err}
	}
	s.path = sigv4.AppendEscaped(append(s.path[:0], p.prefix...), to, false)
	return s.post(ctx, end, credentials, p.trace(), frame)
}
