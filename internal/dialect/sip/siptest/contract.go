package siptest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/sip"
	"github.com/parley-rtc/parley/internal/signaling"
)

// epoch is when the stories begin: the store must go by it, not by the machine's clock.
var epoch = time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)

// TransactionsContract runs what all Transactions promise. newStore returns some; they may share tables,
// so each story uses a key of its own.
func TransactionsContract(t *testing.T, newStore func(t *testing.T) sip.Transactions) {
	tell(t, newStore, map[string]func(*call){
		"what branches do is merged":                            merged,
		"who notes a thing first is right, and noting it twice": firstIsRight,
		"who answers first has won":                             firstWins,
		"what is over is not there, and begins anew":            overAndAnew,
		"requests are apart":                                    requestsApart,
		"ten answer at once: one wins, and all know who":        answerRace,
		"ten end at once: all are known to have":                endsRace,
		"ten begin anew at once what is over":                   anewRace,
	})
}

// TransactionRaces runs what holds beside that where each write is answered at once. Where one is made
// again for its answer was lost, two may see all that there is.
func TransactionRaces(t *testing.T, newStore func(t *testing.T) sip.Transactions) {
	tell(t, newStore, map[string]func(*call){
		"ten end at once: one sees that all have":                     lastRace,
		"phones ring while one answers: each is known to one of both": ringRace(sip.Note{Branch: 0, Answered: true}),
		"phones ring while the caller gives up: likewise":             ringRace(sip.Note{Cancelled: true}),
	})
}

func tell(t *testing.T, newStore func(t *testing.T) sip.Transactions, stories map[string]func(*call)) {
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(&call{t, newStore(t), rand.Text()})
		})
	}
}

// call is a forked request. What is noted of it lives for a minute.
type call struct {
	*testing.T
	sip.Transactions
	key string
}

func (c *call) note(n sip.Note, at time.Duration) (sip.Transaction, error) {
	return c.NoteBranch(c.Context(), c.key, n, epoch.Add(at+time.Minute), epoch.Add(at))
}

// notes fails unless the note comes to that, and a reading says the same.
func (c *call) notes(n sip.Note, at time.Duration, want sip.Transaction) {
	c.Helper()
	got, err := c.note(n, at)
	if err != nil || !same(got, want) {
		c.Fatalf("noting %+v: got %+v, %v, want %+v", n, got, err, want)
	}
	c.knows(at, want)
}

func (c *call) knows(at time.Duration, want sip.Transaction) {
	c.Helper()
	got, err := c.Transaction(c.Context(), c.key, epoch.Add(at))
	if err != nil || !same(got, want) {
		c.Fatalf("known is %+v, %v, want %+v", got, err, want)
	}
}

// same takes a map that is not there for an empty one.
func same(a, b sip.Transaction) bool { return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b) }

func rang(branch int) *sip.Rang {
	conn := signaling.ConnID(fmt.Sprint("conn", branch))
	return &sip.Rang{Conn: conn, URI: fmt.Sprintf("sip:%d@example.invalid", branch)}
}

func final(status int) *sip.Final {
	return &sip.Final{Status: status, Kept: fmt.Sprint("\x00é\n", status)}
}

func merged(c *call) {
	want := sip.Transaction{Winner: -1, Rang: map[int]sip.Rang{}, Final: map[int]sip.Final{}}
	c.knows(0, want)
	c.notes(sip.Note{}, 0, want)
	for _, branch := range []int{3, sip.MaxBranches - 1, 0} {
		want.Rang[branch] = *rang(branch)
		c.notes(sip.Note{Branch: branch, Rang: rang(branch)}, 0, want)
	}
	want.Of, want.Final[3] = 5, *final(486)
	c.notes(sip.Note{Of: 5, Branch: 3, Final: final(486)}, time.Second, want)
	want.Cancelled = true
	c.notes(sip.Note{Cancelled: true}, time.Second, want)
	want.Winner, want.Rang[1] = 1, *rang(1)
	c.notes(sip.Note{Branch: 1, Rang: rang(1), Answered: true}, time.Minute-time.Millisecond, want)
	want.Final[4] = sip.Final{}
	c.notes(sip.Note{Branch: 4, Final: &sip.Final{}}, 0, want)
}

func firstIsRight(c *call) {
	first := sip.Note{Of: 2, Branch: 1, Rang: rang(1), Final: final(404), Answered: true}
	want := sip.Transaction{
		Of: 2, Rang: map[int]sip.Rang{1: *rang(1)}, Final: map[int]sip.Final{1: *final(404)}, Winner: 1,
	}
	for range 2 {
		c.notes(first, 0, want)
	}
	c.notes(sip.Note{Of: 3, Branch: 1, Rang: rang(2), Final: final(480)}, 0, want)
}

func firstWins(c *call) {
	c.notes(sip.Note{Branch: 0, Answered: true}, 0, sip.Transaction{Winner: 0})
	c.notes(sip.Note{Branch: 1, Answered: true}, 0, sip.Transaction{Winner: 0})
	c.notes(sip.Note{Branch: 0, Answered: true}, 0, sip.Transaction{Winner: 0})
}

func overAndAnew(c *call) {
	c.notes(sip.Note{Of: 2, Branch: 0, Rang: rang(0), Final: final(404), Cancelled: true}, 0, sip.Transaction{
		Of: 2, Rang: map[int]sip.Rang{0: *rang(0)}, Final: map[int]sip.Final{0: *final(404)}, Winner: -1, Cancelled: true,
	})
	if _, err := c.note(sip.Note{Branch: 1, Answered: true}, time.Minute-time.Millisecond); err != nil {
		c.Fatal(err)
	}
	c.knows(time.Minute, sip.Transaction{Winner: -1}) // the later note has made it no longer
	want := sip.Transaction{Rang: map[int]sip.Rang{1: *rang(1)}, Winner: -1}
	c.notes(sip.Note{Branch: 1, Rang: rang(1)}, time.Minute, want)
	want.Winner = 2
	c.notes(sip.Note{Branch: 2, Answered: true}, 2*time.Minute-time.Millisecond, want)
	c.knows(2*time.Minute, sip.Transaction{Winner: -1})
}

func requestsApart(c *call) {
	keys := []string{"a", "A", "a/b", "a%2Fb", "", "\xff", "alice@example.com"}
	for i, key := range keys {
		keys[i] = key + c.key
		c.key = keys[i]
		c.notes(sip.Note{Branch: i, Answered: true}, 0, sip.Transaction{Winner: i})
		c.key = c.key[len(key):]
	}
	for i, key := range keys {
		c.key = key
		c.knows(0, sip.Transaction{Winner: i})
	}
}

// race has all branches note something at once, and returns what each note came to.
func (c *call) race(note func(branch int) sip.Note, at time.Duration) []sip.Transaction {
	c.Helper()
	var wg sync.WaitGroup
	came := make([]sip.Transaction, sip.MaxBranches)
	errs := make([]error, len(came))
	for i := range came {
		wg.Go(func() { came[i], errs[i] = c.note(note(i), at) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		c.Fatal(err)
	}
	return came
}

func answerRace(c *call) {
	came := c.race(func(i int) sip.Note { return sip.Note{Branch: i, Answered: true} }, 0)
	for i, t := range came {
		if t.Winner < 0 || t.Winner != came[0].Winner {
			c.Fatalf("to branch %d, %d has won, and to the first, %d has", i, t.Winner, came[0].Winner)
		}
	}
}

// ends has all branches end at once, and returns how many of them see that all have.
func (c *call) ends(at time.Duration) (last int) {
	c.Helper()
	for i, t := range c.race(func(i int) sip.Note { return sip.Note{Branch: i, Final: final(480 + i)} }, at) {
		if t.Final[i] != *final(480 + i) {
			c.Fatalf("branch %d does not see its own end in %+v", i, t)
		}
		if len(t.Final) == sip.MaxBranches {
			last++
		}
	}
	return last
}

func endsRace(c *call) {
	if last := c.ends(0); last == 0 {
		c.Fatal("nobody knows that all have ended")
	}
}

func lastRace(c *call) {
	if last := c.ends(0); last != 1 {
		c.Fatalf("%d see that all have ended, want one", last)
	}
}

func anewRace(c *call) {
	if _, err := c.note(sip.Note{Of: 3, Branch: 0, Rang: rang(0), Final: final(404), Cancelled: true}, 0); err != nil {
		c.Fatal(err)
	}
	if last := c.ends(2 * time.Minute); last == 0 {
		c.Fatal("nobody knows that all have ended")
	}
	t, err := c.Transaction(c.Context(), c.key, epoch.Add(2*time.Minute))
	if err != nil || len(t.Final) != sip.MaxBranches || len(t.Rang) != 0 || t.Cancelled || t.Of != 0 {
		c.Fatalf("got %+v, %v, want the ends alone", t, err)
	}
}

// ringRace has all phones but one ring while something ends the call: who does that is to cancel all
// that it sees ringing, and who rings sees that the call is over, so that each phone is cancelled once.
func ringRace(over sip.Note) func(*call) {
	return func(c *call) {
		came := c.race(func(i int) sip.Note {
			if i == 0 {
				return over
			}
			return sip.Note{Branch: i, Rang: rang(i)}
		}, 0)
		for i, t := range came[1:] {
			_, seen := came[0].Rang[i+1]
			if sees := t.Winner == 0 || t.Cancelled; sees == seen {
				c.Errorf("branch %d sees that the call is over: %t; who ends it sees that it rings: %t", i+1, sees, seen)
			}
		}
	}
}
