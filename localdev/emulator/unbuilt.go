package emulator

import (
	"context"
	"sync"

	"github.com/parley-rtc/parley/localdev/internal/lambda"
	"github.com/parley-rtc/parley/localdev/internal/runner"
)

// unbuilt is a function whose first build failed. Its events fail and say why, until a build
// succeeds.
type unbuilt struct {
	missing *runner.Missing
	start   func(binary string) *lambda.Pool

	mu   sync.Mutex
	pool *lambda.Pool // nil until then
}

func (u *unbuilt) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	if pool := u.built(); pool != nil {
		return pool.Invoke(ctx, event)
	}
	return u.missing.Invoke(ctx, event)
}

func (u *unbuilt) Start(ctx context.Context, event []byte, done func(answer []byte, err error)) (leave func()) {
	if pool := u.built(); pool != nil {
		return pool.Start(ctx, event, done)
	}
	return u.missing.Start(ctx, event, done)
}

// Swap takes the binary of a build.
func (u *unbuilt) Swap(binary string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.pool != nil {
		u.pool.Swap(binary)
		return
	}
	u.pool = u.start(binary)
}

func (u *unbuilt) Close() {
	if pool := u.built(); pool != nil {
		pool.Close()
	}
}

func (u *unbuilt) built() *lambda.Pool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.pool
}
