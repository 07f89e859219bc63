package apigw

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/sigv4"
)

// emptyHash is the SHA-256 of no body.
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// Clients of an API with AWS_IAM sign with this pair, or as a function of the template.
const (
	TestKey    = "test"
	TestSecret = "test"
)

// verify checks the signature of a request. Clients sign by the machine's clock, whatever the emulated one says.
func (g *Gateway) verify(r *http.Request, bodyHash string) error {
	v := sigv4.Verifier{Region: g.opt.Region, Service: "execute-api", Now: time.Now, Secret: func(key string) (string, bool) {
		if key == TestKey {
			return TestSecret, true
		}
		if g.opt.Secret == nil {
			return "", false
		}
		return g.opt.Secret(key)
	}}
	return v.Verify(r, bodyHash)
}

// signed checks the signature of a request to @connections, with Switches.Signed. It answers a request that has none.
func (g *Gateway) signed(w http.ResponseWriter, r *http.Request) bool {
	if !g.opt.Switches.Signed {
		return true
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxMessage+1))
	if err != nil {
		return false // the caller is gone
	}
	sum := sha256.Sum256(body)
	if err := g.verify(r, hex.EncodeToString(sum[:])); err != nil && len(body) <= maxMessage {
		g.opt.Log.Warn("request to @connections refused", "err", err)
		fail(w, http.StatusForbidden, "ForbiddenException", "Forbidden")
		return false
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	return true
}
