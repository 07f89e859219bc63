package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	parley "github.com/parley-rtc/parley/client/go"
	"github.com/parley-rtc/parley/localdev/localdevtest"
)

// setting is a number that another run may have otherwise: CHURN_CALLS=40 CHURN_CUTS=8 CHURN_SEED=1
// go test -run Churn ./client/go/e2e
func setting(t *testing.T, name string, usual int) int {
	t.Helper()
	if text := os.Getenv(name); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return usual
}

// TestChurn has connections end in every way at random moments, also while they come back: no
// signal is lost, doubled or out of order, and nobody seems to have left.
func TestChurn(t *testing.T) {
	t.Parallel()
	calls, cuts, seed := setting(t, "CHURN_CALLS", 4), setting(t, "CHURN_CUTS", 3), setting(t, "CHURN_SEED", 20_261_128)
	// Who is back in time is not for the speed of this machine to decide.
	server := startLocaldev(t, map[string]string{"GRACE": "600"})
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() { churn(t, server, fmt.Sprint("call-", i), cuts, uint64(seed+i)) })
	}
	all.Wait()
}

func churn(t *testing.T, server *localdevtest.Localdev, room string, cuts int, seed uint64) {
	const signals = 20 // each side
	ada, bob := pair(t, server, room, parley.Options{})
	defer ada.close()
	defer bob.close()
	var sides sync.WaitGroup
	for i, c := range []*caller{ada, bob} {
		mate := []string{"bob", "ada"}[i]
		talking, suffering := rand.New(rand.NewPCG(seed, uint64(i))), rand.New(rand.NewPCG(seed, uint64(10+i)))
		sides.Go(func() { talk(c, mate, signals, talking) })
		sides.Go(func() { suffer(c, cuts, suffering) })
	}
	sides.Wait()
	for _, c := range []*caller{ada, bob} {
		equal(t, c.agent, c.hears(signals), numbers(signals))
		odd := slices.DeleteFunc(c.saw(), func(what string) bool {
			return slices.Contains([]string{"parley.StateChanged", "parley.PeerLost", "parley.PeerBack", overtaxed}, what)
		})
		if len(odd) > 0 {
			t.Errorf("%s saw %v", c.agent, odd)
		}
	}
}

// talk sends numbers, some together and some alone, all the while.
func talk(c *caller, mate string, signals int, random *rand.Rand) {
	var sent []*parley.Sending
	for i := range signals {
		sent = append(sent, c.room.Post(mate, i))
		if random.Float64() < 0.6 {
			pass(random, 1300*time.Millisecond)
		}
	}
	for i, s := range sent {
		if err := s.Wait(context.Background()); err != nil {
			c.t.Errorf("%s %d: %v", c.agent, i, err)
		}
	}
}

// pass is how churn is spread over time; no test waits for anything by it.
func pass(random *rand.Rand, most time.Duration) {
	<-time.After(time.Duration(random.Int64N(int64(most))))
}

// suffer is cut at random moments, mostly when it is there and sometimes while it comes back.
func suffer(c *caller, cuts int, random *rand.Rand) {
	there := func() bool { return c.room.State() == parley.Joined }
	for done := 0; done < cuts; {
		how := []cut{loud, silent, silent, cable, cable}[random.IntN(5)]
		if how == cable || random.Float64() < 0.7 {
			eventually(c.t, c.agent+" is back", there)
		}
		pass(random, time.Second)
		// Who loses the answer to a join without the server's notice is locked out for as long as
		// that socket seems to live.
		if how == cable && !there() || !c.cut(how) {
			continue
		}
		done++
		if how == cable {
			pass(random, 400*time.Millisecond)
			_ = c.transport.Renew(context.Background()) // as when it is told of another network
		}
	}
}
