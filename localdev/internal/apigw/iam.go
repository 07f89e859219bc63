package apigw

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/caller"
	"github.com/parley-rtc/parley/localdev/internal/sigv4"
)

// emptyHash is the SHA-256 of no body.
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// verify checks the signature of a request and returns who signed it. Clients sign by the machine's
// clock, whatever the emulated one says.
func (g *Gateway) verify(r *http.Request, bodyHash string) (caller.Caller, error) {
	v := sigv4.Verifier{Region: g.opt.Region, Service: "execute-api", Now: time.Now, Secret: func(key string) (string, bool) {
		who, ok := g.opt.Caller(key)
		return who.SecretKey, ok
	}}
	key, err := v.Verify(r, bodyHash)
	switch {
	case errors.Is(err, sigv4.ErrKey):
		return caller.Caller{}, fmt.Errorf("%w: %.100q", err, key)
	case err != nil:
		return caller.Caller{}, err
	}
	who, _ := g.opt.Caller(key) // it has just been there
	return who, nil
}

// signedForRegion answers a function's request to @connections that is signed for another region.
func (g *Gateway) signedForRegion(w *push, r *http.Request) bool {
	authorization := r.Header.Get("Authorization")
	_, credential, _ := strings.Cut(authorization, "Credential=")
	scope := strings.SplitN(credential, "/", 4) // key, date, region
	if len(scope) < 4 || scope[2] == g.opt.Region || g.opt.Sender == nil || g.opt.Sender(authorization) == "" {
		return true
	}
	w.refused(http.StatusForbidden, &trouble{
		why: "it is signed for " + quoted(scope[2]) + ", and the API is in " + g.opt.Region, do: "leave the client's region to AWS_REGION",
	})
	fail(w, http.StatusForbidden, "InvalidSignatureException", "Credential should be scoped to a valid region, not '"+scope[2]+"'. ")
	return false
}

// signed checks the signature of a request to @connections, with Switches.Signed. It answers a request that has none.
func (g *Gateway) signed(w *push, r *http.Request) bool {
	if !g.opt.Switches.Signed {
		return true
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxMessage+1))
	if err != nil {
		w.over = true // the caller is gone
		return false
	}
	sum := sha256.Sum256(body)
	if _, err := g.verify(r, hex.EncodeToString(sum[:])); err != nil && len(body) <= maxMessage {
		w.refused(http.StatusForbidden, &trouble{
			why: "the request is not signed: " + err.Error(), do: "sign it for execute-api, with " + g.opt.SignWith,
		})
		fail(w, http.StatusForbidden, "ForbiddenException", "Forbidden")
		return false
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	return true
}
