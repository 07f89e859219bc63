package sip_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/sip/siptest"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

// forked is a call of alice's to bob, who has several phones.
type forked struct {
	*siptest.Stage
	t      *testing.T
	alice  *siptest.Phone
	phones []*siptest.Phone
	sent   *sip.Message
	heard  []*sip.Message // of it, by each phone
}

func newForked(t *testing.T, phones int) *forked {
	t.Helper()
	f := &forked{Stage: siptest.NewStage(t), t: t}
	f.alice = f.Phone("alice", "alice@example.org")
	for i := range phones {
		f.phones = append(f.phones, f.Phone(fmt.Sprint("bob", i), "bob@example.org"))
	}
	return f
}

// calls has alice send an INVITE, or another request, which all phones hear.
func calls(t *testing.T, phones int, method string) *forked {
	t.Helper()
	f := newForked(t, phones)
	f.send(method)
	return f
}

func (f *forked) send(method string) {
	f.t.Helper()
	f.sent, f.heard = f.alice.Says(f.alice.Request(method, "sip:bob@example.org")), nil
	for _, p := range f.phones {
		f.heard = append(f.heard, p.HearsRequest(method))
	}
	f.Transactions.TakeUnits()
}

func (f *forked) answers(phone, status int) {
	f.t.Helper()
	f.phones[phone].Answers(f.heard[phone], status)
}

// rings has all phones ring, which alice hears of each.
func (f *forked) rings() {
	f.t.Helper()
	for i := range f.phones {
		f.answers(i, 180)
		f.wantTold(180, i)
	}
}

// wantTold fails the test unless alice hears the response of a phone.
func (f *forked) wantTold(status, phone int) {
	f.t.Helper()
	m := f.alice.HearsResponse(status, f.sent.Method)
	if tag := m.To().Params.Get("tag"); tag != fmt.Sprint("of-bob", phone) {
		f.t.Errorf("alice is told %d of %s, want it of bob%d", status, tag, phone)
	}
	if vias := m.Header.Values("Via"); !slices.Equal(vias, f.sent.Header.Values("Via")) {
		f.t.Errorf("alice is told with the Vias %q", vias)
	}
}

// wantCancelled fails the test unless the phone is told to stop, which it does, and alice hears
// nothing.
func (f *forked) wantCancelled(phone int, reason string) {
	f.t.Helper()
	p := f.phones[phone]
	m := p.HearsRequest("CANCEL")
	if m.URI != f.heard[phone].URI || m.Header.Get("Via") == "" || m.Header.Get("Reason") != reason {
		f.t.Errorf("bob%d hears\n%s", phone, m.Bytes())
	}
	f.wantSameBranch(m, phone)
	p.Answers(m, 200)
	f.answers(phone, 487)
	f.wantAcked(phone)
}

func (f *forked) wantAcked(phone int) {
	f.t.Helper()
	m := f.phones[phone].HearsRequest("ACK")
	if tag := m.To().Params.Get("tag"); m.URI != f.heard[phone].URI || tag != fmt.Sprint("of-bob", phone) {
		f.t.Errorf("bob%d hears\n%s", phone, m.Bytes())
	}
	f.wantSameBranch(m, phone)
}

// wantSameBranch fails the test unless a phone would take the request for one of the INVITE's
// transaction.
func (f *forked) wantSameBranch(m *sip.Message, phone int) {
	f.t.Helper()
	if got, want := m.Header.Get("Via"), f.heard[phone].Header.Get("Via"); branch(got) != branch(want) {
		f.t.Errorf("%s has the Via %q, want the branch of %q", m.Method, got, want)
	}
}

func branch(value string) string {
	via, _ := sip.ParseVia(value)
	return via.SentBy + " " + via.Branch()
}

// wantSilence fails the test if anybody hears anything more, or the log has something.
func (f *forked) wantSilence() {
	f.t.Helper()
	f.alice.HearsNothing()
	for _, p := range f.phones {
		p.HearsNothing()
	}
	f.WantQuiet()
}

const elsewhere = `SIP;cause=200;text="Call completed elsewhere"`

func TestThePhoneThatAnswersFirstHasTheCall(t *testing.T) {
	f := calls(t, 3, "INVITE")
	for i := range f.phones {
		f.answers(i, 100)
	}
	f.rings()
	f.answers(1, 200)
	f.wantTold(200, 1)
	f.wantCancelled(0, elsewhere)
	f.wantCancelled(2, elsewhere)
	f.wantSilence()
}

func TestAPhoneThatBeginsToRingAfterAnotherHasAnsweredIsToldToStop(t *testing.T) {
	f := calls(t, 3, "INVITE")
	f.answers(1, 200)
	f.wantTold(200, 1)
	f.wantSilence()
	for _, i := range []int{2, 0} {
		f.answers(i, 180)
		f.wantCancelled(i, elsewhere)
	}
	f.answers(1, 180) // which its 2xx has overtaken
	f.wantSilence()
}

func TestEveryTwoHundredIsTheCallers(t *testing.T) {
	f := calls(t, 3, "INVITE")
	f.rings()
	f.answers(0, 200)
	f.wantTold(200, 0)
	f.wantCancelled(2, elsewhere)
	f.phones[1].HearsRequest("CANCEL")
	f.answers(1, 200) // before the CANCEL came
	f.wantTold(200, 1)
	f.answers(0, 200) // as long as no ACK has come
	f.wantTold(200, 0)
	f.wantSilence()
}

func TestTheCallerHearsTheBestResponseOnceWhenAllHaveFailed(t *testing.T) {
	f := calls(t, 3, "INVITE")
	f.rings()
	for i, status := range []int{480, 486, 480} {
		f.alice.HearsNothing()
		f.answers(i, status)
		f.wantAcked(i)
	}
	m := f.alice.Hears()
	if m.Status != 486 || m.To().Params.Get("tag") != "of-bob1" {
		t.Errorf("alice hears\n%s", m.Bytes())
	}
	f.alice.Says(f.alice.AckFailure(f.sent, m)) // which ends here: the phones have had theirs
	f.answers(1, 486)                           // again: it is acknowledged, and nothing more
	f.wantAcked(1)
	f.wantSilence()
}

func TestWhoDeclinesForAllEndsTheCall(t *testing.T) {
	f := calls(t, 4, "INVITE")
	for _, i := range []int{0, 1, 2} {
		f.answers(i, 180)
		f.wantTold(180, i)
	}
	f.answers(0, 486)
	f.wantAcked(0)
	f.answers(1, 603)
	f.wantAcked(1)
	f.alice.HearsNothing() // as long as another might answer yet
	f.wantCancelled(2, `SIP;cause=603;text="Declined elsewhere"`)
	f.answers(3, 180)
	f.wantCancelled(3, `SIP;cause=603;text="Declined elsewhere"`)
	f.wantTold(603, 1)
	f.wantSilence()
}

func TestEarlyMediaAndReliableProvisionalResponsesPassAsTheyAre(t *testing.T) {
	f := calls(t, 2, "INVITE")
	for i, p := range f.phones {
		r := p.Response(f.heard[i], 183)
		r.Header.Add("Require", "100rel")
		r.Header.Add("RSeq", "1")
		r.Header.Add("Content-Type", "application/sdp")
		r.Body = []byte("v=0\r\ns=" + string(p.Conn) + "\r\n")
		p.Says(r)
		r.Header.Pop("Via")
		if got, want := string(f.alice.Hears().Bytes()), string(r.Bytes()); got != want {
			t.Errorf("alice hears\n%s\nwant\n%s", got, want)
		}
	}
	f.wantSilence()
}

func TestOtherRequestsAreForkedAndTheirFirstSuccessIsTheCallers(t *testing.T) {
	for _, method := range []string{"MESSAGE", "OPTIONS", "SUBSCRIBE"} {
		t.Run(method, func(t *testing.T) {
			f := calls(t, 4, method)
			f.answers(3, 404)
			f.answers(1, 180) // no phone does: it is the caller's, and not noted
			f.wantTold(180, 1)
			f.answers(1, 202)
			f.wantTold(202, 1)
			f.answers(0, 200)
			f.answers(1, 202)
			f.answers(2, 486)
			f.wantSilence()

			f.send(method)
			for i, status := range []int{486, 405, 603, 404} {
				f.alice.HearsNothing()
				f.answers(i, status)
			}
			f.wantTold(603, 2)
			f.wantSilence()

			f.send(method)
			f.Now = f.Now.Add(5 * time.Second)
			f.answers(0, 404) // the others sleep
			f.wantTold(404, 0)
			f.answers(1, 200) // when alice's phone has forgotten what it asked
			f.wantSilence()
		})
	}
}

func TestAPhoneWhoseSocketIsGoneHasEnded(t *testing.T) {
	f := newForked(t, 3)
	f.Cut("bob0")
	f.sent = f.alice.Says(f.alice.Request("INVITE", "sip:bob@example.org"))
	f.heard = []*sip.Message{nil, f.phones[1].HearsRequest("INVITE"), f.phones[2].HearsRequest("INVITE")}
	for _, i := range []int{1, 2} {
		f.alice.HearsNothing()
		f.answers(i, 480)
		f.wantAcked(i)
	}
	if m := f.alice.HearsResponse(480, "INVITE"); m.Reason != "Temporarily Unavailable" {
		t.Errorf("alice hears\n%s", m.Bytes())
	}
	f.wantSilence()

	f.phones = f.phones[1:] // bob0 is not listed any more
	f.send("INVITE")
	f.heard = slices.Insert(f.heard, 0, nil)
	f.phones = slices.Insert(f.phones, 0, nil)
	for _, i := range []int{1, 2} {
		f.answers(i, 486)
		f.wantAcked(i)
	}
	f.wantTold(486, 1)
}

func TestAPhoneThatSaysNothingKeepsNobodyWaiting(t *testing.T) {
	f := calls(t, 4, "INVITE")
	f.answers(0, 180)
	f.wantTold(180, 0)
	f.answers(1, 180)
	f.wantTold(180, 1)
	f.Now = f.Now.Add(5 * time.Second)
	f.answers(0, 480)
	f.wantAcked(0)
	f.alice.HearsNothing() // as long as another rings
	f.answers(1, 486)
	f.wantAcked(1)
	f.wantTold(486, 1)
	f.answers(2, 180)
	f.wantCancelled(2, "")
	f.answers(3, 200) // it is the caller's, who can end it
	f.wantTold(200, 3)
	f.wantSilence()
}

func TestAPhoneMayTakeAMomentBeforeItRings(t *testing.T) {
	f := calls(t, 2, "INVITE")
	f.answers(0, 486)
	f.wantAcked(0)
	f.Now = f.Now.Add(2 * time.Second)
	f.answers(1, 180)
	f.wantTold(180, 1)
	f.wantSilence()
}

// unsure is @connections where it delivers to a phone and does not say so.
type unsure struct {
	signaling.Pusher
	to signaling.ConnID
}

func (u unsure) Push(ctx context.Context, to signaling.ConnID, frame []byte) error {
	if err := u.Pusher.Push(ctx, to, frame); err != nil || to != u.to {
		return err
	}
	return errors.New("API Gateway does not answer")
}

func TestAPhoneOfWhichItIsNotKnownWhetherItWasReachedMayRingAllTheSame(t *testing.T) {
	for _, answer := range []int{487, 200} {
		f := newForked(t, 2)
		f.Process.House.Directory.Pusher = unsure{f.Stage, "bob0"}
		f.send("INVITE")
		f.answers(0, 180) // it does not count any more
		cancel := f.phones[0].HearsRequest("CANCEL")
		f.alice.HearsNothing()
		f.answers(0, answer)
		f.phones[0].Answers(cancel, 200)
		if answer == 200 {
			f.wantTold(200, 0)
			f.answers(1, 486)
		} else {
			f.wantAcked(0)
			f.answers(1, 486)
			f.wantTold(486, 1)
		}
		f.wantAcked(1)
		f.wantDoubt()
		f.wantSilence()
	}
}

func TestWhoeverMayHaveReachedNobodyIsToldSo(t *testing.T) {
	f := newForked(t, 2)
	f.Fail("bob0")
	f.Fail("bob1")
	f.alice.Says(f.alice.Request("INVITE", "sip:bob@example.org"))
	f.alice.HearsResponse(500, "INVITE")
	f.alice.HearsNothing()
	f.Log.Take()
}

func TestARequestThatGetsTooLongIsToldSo(t *testing.T) {
	f := newForked(t, 2)
	m := f.alice.Request("MESSAGE", "sip:bob@example.org")
	m.Body = make([]byte, signaling.MaxFrame-len(m.Bytes())-20)
	f.alice.Says(m)
	f.alice.HearsResponse(513, "MESSAGE")
	f.Log.Take()
	f.wantSilence()
}

func TestARequestThatReachesNobodyIsAnsweredAsIfThereWereOnePhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // a phone that comes back is waited for
		f := newForked(t, 2)
		f.Cut("bob0")
		f.Cut("bob1")
		f.alice.Says(f.alice.Request("INVITE", "sip:bob@example.org"))
		f.alice.HearsResponse(480, "INVITE")
		if reads, writes := f.Transactions.TakeUnits(); reads+writes != 0 {
			t.Errorf("%d reads and %d writes of a transaction that nobody is in", reads, writes)
		}
	})
}

func TestTwoContactsOfOneConnectionAreTwoBranches(t *testing.T) {
	f := newForked(t, 1)
	bob := f.phones[0]
	bob.Registers(bob.Contact, "sip:other@bob0.invalid;transport=ws")
	f.alice.Says(f.alice.Request("INVITE", "sip:bob@example.org"))
	first, second := bob.HearsRequest("INVITE"), bob.HearsRequest("INVITE")
	if first.URI == second.URI || branch(first.Header.Get("Via")) == branch(second.Header.Get("Via")) {
		t.Errorf("bob hears the same twice:\n%s", first.Bytes())
	}
	bob.Answers(first, 486)
	f.alice.HearsNothing()
	bob.Answers(second, 486)
	f.alice.HearsResponse(486, "INVITE")
}
