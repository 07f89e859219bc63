package seal

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"time"

	"github.com/parley-rtc/parley/internal/rescue"
)

// keyPatience is how long an event waits for one attempt to get the key. Two of them, and the
// answer that they failed, fit into the time of an event. An attempt that nobody waits for has no
// end: a process may be frozen in the midst of one.
const keyPatience = 3 * time.Second

// attempt is one attempt to get the key.
type attempt struct {
	cancel context.CancelFunc
	done   chan struct{}
	aead   cipher.AEAD // with err, once done is closed
	err    error
}

// Lazily returns a Sealer whose key is asked for by the first who needs it, and again by the first who
// needs it after that has failed. The key belongs to no event, so fetch gets no event's context.
func Lazily(fetch func(context.Context) ([]byte, error)) *Sealer { return &Sealer{fetch: fetch} }

// Fetch has the key asked for, unless somebody has, and does not wait for it.
func (s *Sealer) Fetch() { s.after(nil) }

func (s *Sealer) begin() *attempt {
	ctx, cancel := context.WithCancel(context.Background())
	a := &attempt{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer cancel()
		defer close(a.done)
		a.err = rescue.Do(func() error {
			key, err := s.fetch(ctx)
			if err == nil {
				a.aead, err = newAEAD(key)
			}
			return err
		})
	}()
	return a
}

// Ready waits for the key. Nothing may be sealed or opened before it has returned nil once, and
// nothing should have been written either: without the key it could not be told.
func (s *Sealer) Ready(ctx context.Context) error {
	found := s.after(nil) //nolint:contextcheck // what is shared by events is not ended with one
	err := s.wait(ctx, found)
	if err != nil && ctx.Err() == nil {
		err = s.wait(ctx, s.after(found)) //nolint:contextcheck // likewise
	}
	if err != nil {
		return fmt.Errorf("get the address key: %w", err)
	}
	return nil
}

// after returns the latest attempt to get the key, nil if the key is there. If that is the one that
// failed, or there was none, it begins another.
func (s *Sealer) after(failed *attempt) *attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.aead != nil {
		return nil
	}
	if s.latest == failed {
		s.latest = s.begin()
	}
	return s.latest
}

func (s *Sealer) wait(ctx context.Context, a *attempt) error {
	if a == nil {
		return nil
	}
	patience := time.NewTimer(keyPatience)
	defer patience.Stop()
	select {
	case <-a.done:
	case <-patience.C:
		a.cancel()
		return errors.New("no answer yet")
	case <-ctx.Done():
		return ctx.Err()
	}
	if a.err != nil {
		return a.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.aead == nil { // else others read it already
		s.aead = a.aead
	}
	return nil
}
