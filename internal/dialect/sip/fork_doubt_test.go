package sip_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/sip"
)

// doubtful is a database with weather.
type doubtful struct {
	sip.Transactions
	fails bool        // every request
	loses bool        // every answer, but what was asked for is done
	noted func() bool // runs once after a note, whose answer is lost if it says so: the SDK then asks again
}

func (d *doubtful) NoteBranch(
	ctx context.Context, key string, n sip.Note, until, now time.Time,
) (sip.Transaction, error) {
	if d.fails {
		return sip.Transaction{}, errors.New("the database does not answer")
	}
	t, err := d.Transactions.NoteBranch(ctx, key, n, until, now)
	if d.loses {
		return sip.Transaction{}, errors.New("the database does not answer")
	}
	if noted := d.noted; noted != nil {
		d.noted = nil
		if noted() {
			return d.Transactions.NoteBranch(ctx, key, n, until, now)
		}
	}
	return t, err
}

func (d *doubtful) Transaction(ctx context.Context, key string, now time.Time) (sip.Transaction, error) {
	if d.fails {
		return sip.Transaction{}, errors.New("the database does not answer")
	}
	return d.Transactions.Transaction(ctx, key, now)
}

func (f *forked) doubts() *doubtful {
	d := &doubtful{Transactions: f.Transactions}
	f.Process.Dialect.Transactions = d
	return d
}

func TestWithoutADatabaseTheCallIsMadeAllTheSame(t *testing.T) {
	f := calls(t, 2, "INVITE")
	f.doubts().fails = true
	f.rings()
	f.cancels()
	f.wantCancelled(1, aborted)
	f.phones[0].HearsRequest("CANCEL")
	f.answers(0, 200)
	f.wantTold(200, 0)
	f.wantDoubt()
	f.wantSilence()

	f = calls(t, 2, "MESSAGE")
	f.doubts().fails = true
	f.answers(0, 200)
	f.wantTold(200, 0)
	f.wantDoubt()

	f = calls(t, 1, "INVITE")
	f.doubts().fails = true
	f.alice.Says(f.alice.Cancel(f.sent))
	f.phones[0].Answers(f.phones[0].HearsRequest("CANCEL"), 200)
	f.alice.HearsResponse(200, "CANCEL")
	f.wantSilence()
}

// wantDoubt fails the test unless the log says what was wrong.
func (f *forked) wantDoubt() {
	f.t.Helper()
	if log := f.Log.Take(); !strings.Contains(log, "does not answer") {
		f.t.Errorf("the log has %q", log)
	}
}

func TestTheBestResponseComesTwiceAtMostWhenTheAnswerOfTheDatabaseIsLost(t *testing.T) {
	for _, lost := range []bool{false, true} {
		f := calls(t, 2, "INVITE")
		f.doubts().noted = func() bool {
			f.answers(1, 480)
			return lost
		}
		f.answers(0, 486)
		f.wantTold(486, 0)
		if lost {
			f.wantTold(486, 0)
		}
		f.wantAcked(0)
		f.wantAcked(1)
		f.wantSilence()
	}
}

func TestWhatWasNotCarriedOutIsWhenItIsSaidAgain(t *testing.T) {
	f := calls(t, 3, "INVITE")
	f.rings()
	d := f.doubts()
	d.loses = true
	f.answers(0, 200)
	f.wantTold(200, 0)
	d.loses = false
	f.wantDoubt()
	f.wantSilence()
	f.answers(0, 200) // as long as no ACK has come
	f.wantTold(200, 0)
	f.wantCancelled(1, elsewhere)
	f.wantCancelled(2, elsewhere)

	f.send("INVITE")
	f.rings()
	d.loses = true
	f.cancels()
	d.loses = false
	f.wantDoubt()
	for _, p := range f.phones {
		p.HearsRequest("CANCEL")
	}
	f.cancels()
	for i := range f.phones {
		f.wantCancelled(i, aborted)
	}
	f.wantTold(487, 0)
	f.wantSilence()
}

func TestOfTwoThatFindTheLastPhoneGoneOneTellsTheCaller(t *testing.T) {
	f := calls(t, 2, "INVITE")
	f.rings()
	f.Cut("bob0")
	f.Cut("bob1")
	f.doubts().noted = func() bool {
		f.cancels()
		f.alice.HearsResponse(480, "INVITE")
		return false
	}
	f.cancels()
	f.wantSilence()
}

func TestAPhoneThatRingsAsItIsGivenUpIsToldToStop(t *testing.T) {
	f := calls(t, 2, "INVITE")
	f.Now = f.Now.Add(5 * time.Second)
	f.doubts().noted = func() bool {
		f.answers(1, 180)
		f.wantTold(180, 1)
		return false
	}
	f.answers(0, 486)
	f.wantTold(486, 0)
	f.wantAcked(0)
	f.wantCancelled(1, "")
	f.wantSilence()
}

// What a phone says while another answers, or the caller gives up, is handled at any point of that.
func TestAPhoneThatRingsBesideTheEndOfTheCallIsToldToStop(t *testing.T) {
	for _, first := range []bool{true, false} {
		f := calls(t, 2, "INVITE")
		end := func() { f.answers(0, 200) }
		ring := func() { f.answers(1, 180) }
		d := f.doubts()
		if first {
			d.noted = func() bool { ring(); return false }
			end()
		} else {
			d.noted = func() bool { end(); return false }
			ring()
		}
		for _, m := range f.alice.Heard() {
			if m.Status != 200 && m.Status != 180 {
				t.Errorf("alice hears\n%s", m.Bytes())
			}
		}
		f.wantCancelled(1, elsewhere)
		f.wantSilence()
	}
}
