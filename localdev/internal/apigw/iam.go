package apigw

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
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

// foreign answers a function's request that is signed for another region.
func (p *push) foreign() (reply, bool) {
	g := p.g
	_, credential, _ := strings.Cut(p.authorization, "Credential=")
	_, rest, _ := strings.Cut(credential, "/") // key, date, region, …
	_, rest, _ = strings.Cut(rest, "/")
	region, _, whole := strings.Cut(rest, "/")
	if !whole || region == g.opt.Region || g.opt.Sender == nil || g.opt.Sender(p.authorization) == "" {
		return reply{}, false
	}
	text := "Credential should be scoped to a valid region, not '" + region + "'. "
	return p.refuse(failure(http.StatusForbidden, "InvalidSignatureException", text), &trouble{
		why: "it is signed for " + quoted(region) + ", and the API is in " + g.opt.Region,
		do:  "leave the client's region to AWS_REGION",
	}), true
}

// unsigned answers a request without a signature, with Switches.Signed.
func (p *push) unsigned() (reply, bool) {
	g := p.g
	if !g.opt.Switches.Signed {
		return reply{}, false
	}
	body, err := p.body()
	if err != nil {
		p.unheard = true
		return reply{}, true
	}
	sum := sha256.Sum256(body)
	if _, err := g.verify(p.request, hex.EncodeToString(sum[:])); err != nil && len(body) <= maxMessage {
		return p.refuse(failure(http.StatusForbidden, "ForbiddenException", "Forbidden"), &trouble{
			why: "the request is not signed: " + err.Error(), do: "sign it for execute-api, with " + g.opt.SignWith,
		}), true
	}
	p.request = nil // its body has been read
	return reply{}, false
}
