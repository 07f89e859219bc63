package ywebrtc_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/directory/directorytest"
	"github.com/parley-rtc/parley/internal/signaling"
)

// slow is a store whose operations take their time, and whose inconsistent readings are as old as
// the test.
type slow struct {
	*directorytest.Memory
	mu     sync.Mutex
	random *rand.Rand
}

func (s *slow) delay(most time.Duration) {
	s.mu.Lock()
	d := time.Duration(s.random.Int64N(int64(most)))
	s.mu.Unlock()
	time.Sleep(d) //nolint:forbidigo // in a bubble: it takes no time
}

func (s *slow) AddEntry(
	ctx context.Context, name directory.Name, e directory.Entry, t directory.Terms, gone []signaling.ConnID, now time.Time,
) (directory.Listed, error) {
	s.delay(300 * time.Millisecond)
	defer s.delay(300 * time.Millisecond)
	return s.Memory.AddEntry(ctx, name, e, t, gone, now)
}

func (s *slow) Entries(
	ctx context.Context, name directory.Name, now time.Time, consistent bool,
) ([]directory.Entry, error) {
	s.delay(30 * time.Millisecond)
	defer s.delay(30 * time.Millisecond)
	if !consistent {
		return nil, nil
	}
	return s.Memory.Entries(ctx, name, now, consistent)
}

// TestOfTwoAtOnceOneHearsTheOther has two pages subscribe and announce themselves at the same
// instant, and whoever hears of the other answer, as the client does: the answer has to arrive.
func TestOfTwoAtOnceOneHearsTheOther(t *testing.T) {
	for seed := range uint64(2000) {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t)
			store := &slow{Memory: s.memory, random: rand.New(rand.NewPCG(seed, 0))}
			s.house.Directory.Store = store
			s.connect(nil, "ada", "bob")
			var events sync.WaitGroup
			for _, c := range []string{"ada", "bob"} {
				for _, frame := range []string{
					`{"type":"subscribe","topics":["notes"]}`, `{"type":"publish","topic":"notes","data":{"type":"announce"}}`,
				} {
					events.Go(func() {
						store.delay(300 * time.Millisecond)
						if _, err := s.send(c, "%s", frame); err != nil {
							t.Errorf("seed %d: %s: %v", seed, c, err)
						}
					})
				}
			}
			events.Wait()
			heard := s.Take()
			if len(heard) == 0 {
				t.Fatalf("seed %d: neither hears the other", seed)
			}
			for _, p := range heard {
				s.does(string(p.To), `{"type":"publish","topic":"notes","data":"answer of %s"}`, p.To)
			}
			if answers := s.Take(); len(answers) != len(heard) {
				t.Fatalf("seed %d: %d answers to %d announcements", seed, len(answers), len(heard))
			}
		})
	}
}
