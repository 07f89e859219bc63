package lambda

import (
	"crypto/rand"
	"sync"
	"sync/atomic"
)

// Keys are the access keys of all instances. Each instance has its own, and what it signs shows it, so a request to
// DynamoDB can be told to be part of a function's start.
type Keys struct {
	instances sync.Map // access key ID → *atomic.Bool, true once init is over
}

// InInit reports whether key belongs to an instance that has not asked for its first event yet.
func (k *Keys) InInit(key string) bool {
	ready, ok := k.instances.Load(key)
	return ok && !ready.(*atomic.Bool).Load()
}

func (k *Keys) issue() (key string, ready *atomic.Bool) {
	key = "ASIA" + rand.Text()[:16]
	ready = new(atomic.Bool)
	k.instances.Store(key, ready)
	return key, ready
}

func (k *Keys) revoke(key string) { k.instances.Delete(key) }
