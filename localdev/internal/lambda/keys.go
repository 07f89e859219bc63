package lambda

import (
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// secretKey is that of all instances.
const secretKey = "localdev"

// Keys are the access keys of all instances. Each instance has its own, and what it signs shows it, so a request to
// DynamoDB can be told to be part of a function's start, and any request to be part of the event that it works on.
type Keys struct {
	instances sync.Map // access key ID → *known
}

// known is what a key says about its instance.
type known struct {
	function string                     // name of the function
	ready    atomic.Bool                // init is over
	span     atomic.Pointer[trace.Span] // what it works on, or did last
}

// OfInit reports whether a request with that header, which has just come in, is part of an instance's start and not of an
// event: it came before the instance asked for its first one, or an instance sent it on its own behalf. When it comes does
// not tell the latter. But the SDK for Go, since v1.18.0, names the trace of the event that it works for, and before the
// first event there is none.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
func (k *Keys) OfInit(h http.Header) bool {
	instance := k.signer(h.Get("Authorization"))
	if instance == nil {
		return false
	}
	return !instance.ready.Load() || h.Get("X-Amzn-Trace-Id") == "" && strings.HasPrefix(h.Get("User-Agent"), "aws-sdk-go-v2/")
}

// Span returns what the instance works on whose key signed a request with that Authorization header, nil if it is none's.
func (k *Keys) Span(authorization string) *trace.Span {
	if instance := k.signer(authorization); instance != nil {
		return instance.span.Load()
	}
	return nil
}

// Function returns the name of the function that signed a request with that Authorization header, "" if none did.
func (k *Keys) Function(authorization string) string {
	if instance := k.signer(authorization); instance != nil {
		return instance.function
	}
	return ""
}

func (k *Keys) signer(authorization string) *known {
	_, rest, _ := strings.Cut(authorization, "Credential=")
	key, _, _ := strings.Cut(rest, "/")
	if instance, ok := k.instances.Load(key); ok {
		return instance.(*known)
	}
	return nil
}

func (k *Keys) issue(function string) (key string, instance *known) {
	key = "ASIA" + rand.Text()[:16]
	instance = &known{function: function}
	k.instances.Store(key, instance)
	return key, instance
}

// ended forgets what an instance worked on that is gone. Its key still says whose a request is: one
// may come in late.
func (k *Keys) ended(key string) {
	if instance, ok := k.instances.Load(key); ok {
		instance.(*known).span.Store(nil)
	}
}

// Owner returns the name of the function whose access key it is, and the secret key to it.
func (k *Keys) Owner(key string) (function, secret string, ok bool) {
	instance, ok := k.instances.Load(key)
	if !ok {
		return "", "", false
	}
	return instance.(*known).function, secretKey, true
}
