package lambda

import (
	"crypto/rand"
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

// InInit reports whether key belongs to an instance that has not asked for its first event yet.
func (k *Keys) InInit(key string) bool {
	instance, ok := k.instances.Load(key)
	return ok && !instance.(*known).ready.Load()
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

func (k *Keys) revoke(key string) { k.instances.Delete(key) }

// Secret returns the secret key to an instance's access key.
func (k *Keys) Secret(key string) (secret string, ok bool) {
	_, ok = k.instances.Load(key)
	return secretKey, ok
}
