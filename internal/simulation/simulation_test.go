package simulation_test

import (
	"flag"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

var (
	seedFlag = flag.Uint64("seed", 0, "play this one run, and tell its story")
	runsFlag = flag.Uint64("runs", 2_000/scale, "how many runs, from seed 1 on")
)

// TestMain has fewer collections: a game is over, and all of it garbage, within milliseconds.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	m.Run()
}

// faultsOf is how likely a step goes wrong, by seed: every fifth run is in fair weather.
func faultsOf(seed uint64) float64 { return []float64{0, 0.02, 0.05, 0.1, 0.2}[seed%5] }

// TestRandomInterleavings plays the service on the store in memory.
func TestRandomInterleavings(t *testing.T) {
	playAll(t, *runsFlag, func() signaling.Store { return signalingtest.NewMemory() })
}

func playAll(t *testing.T, runs uint64, newStore func() signaling.Store) {
	playSeeds(t, runs, func(seed uint64, tell bool) (wrong bool, told string) {
		w := playOne(t, seed, tell, newStore())
		return len(w.wrong) > 0, story(w.trace, w.wrong)
	})
}

// playSeeds plays as many games, or the one that was asked for.
func playSeeds(t *testing.T, runs uint64, play func(seed uint64, tell bool) (wrong bool, story string)) {
	if *seedFlag != 0 {
		wrong, story := play(*seedFlag, true)
		t.Log(story)
		if wrong {
			t.Error("see above")
		}
		return
	}
	var next atomic.Uint64
	var players sync.WaitGroup
	for range 2 {
		players.Go(func() {
			for seed := next.Add(1); seed <= runs && !t.Failed(); seed = next.Add(1) {
				if wrong, story := play(seed, false); wrong {
					t.Errorf("seed %d: %s\nplay it again: go test ./internal/simulation -run '^%s$' -seed %d -v", seed, story, t.Name(), seed)
				}
			}
		})
	}
	players.Wait()
}

func playOne(t *testing.T, seed uint64, tell bool, inner signaling.Store) (w *world) {
	synctest.Test(t, func(t *testing.T) {
		w = newWorld(t, seed, inner, faultsOf(seed))
		defer w.dismiss()
		w.tells = tell
		w.play(40)
	})
	return w
}
