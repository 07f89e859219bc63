package sip_test

import (
	"slices"
	"testing"

	"github.com/parley-rtc/parley/internal/dialect/sip/siptest"
)

// cancels has alice give up, with the reason that her phone gives.
func (f *forked) cancels() {
	f.t.Helper()
	cancel := f.alice.Cancel(f.sent)
	cancel.Header.Add("Reason", aborted)
	f.alice.Says(cancel)
	m := f.alice.HearsResponse(200, "CANCEL")
	if vias := m.Header.Values("Via"); !slices.Equal(vias, f.sent.Header.Values("Via")) {
		f.t.Errorf("alice is told with the Vias %q", vias)
	}
}

const aborted = `SIP;cause=600;text="Aborted"`

func TestWhoGivesUpStopsAllPhonesThatRing(t *testing.T) {
	f := calls(t, 3, "INVITE")
	for _, i := range []int{0, 1} {
		f.answers(i, 180)
		f.wantTold(180, i)
	}
	f.cancels()
	f.wantCancelled(0, aborted)
	f.wantCancelled(1, aborted)
	f.wantSilence()
	f.answers(2, 180) // before which it must not be cancelled (RFC 3261, 9.1)
	f.wantCancelled(2, "")
	f.wantTold(487, 0)
	f.wantSilence()
	f.cancels() // after the final response
	f.wantSilence()
}

func TestGivingUpTwiceIsAnsweredTwice(t *testing.T) {
	f := calls(t, 2, "INVITE")
	f.rings()
	f.cancels()
	f.wantCancelled(0, aborted)
	f.phones[1].HearsRequest("CANCEL")
	f.cancels()
	f.wantCancelled(1, aborted) // which may have missed the first
	f.wantTold(487, 0)
	f.wantSilence()
}

func TestAnAnswerThatCrossesTheCancelIsTheCallers(t *testing.T) {
	f := calls(t, 3, "INVITE")
	f.rings()
	f.cancels()
	f.answers(1, 200)
	f.wantTold(200, 1)
	cancel := f.phones[1].HearsRequest("CANCEL")
	f.phones[1].Answers(cancel, 200) // and has no effect
	f.phones[0].HearsRequest("CANCEL")
	f.phones[2].HearsRequest("CANCEL")
	// Whose CANCEL is on its way gets another.
	f.wantCancelled(0, elsewhere)
	f.wantCancelled(2, elsewhere)
	f.cancels()
	f.wantSilence()
}

func TestWhoHasAnsweredIsNotCancelled(t *testing.T) {
	f := calls(t, 2, "INVITE")
	f.rings()
	f.answers(0, 200)
	f.wantTold(200, 0)
	f.wantCancelled(1, elsewhere)
	f.cancels() // before alice heard of it
	f.wantSilence()
}

// A caller that has heard of no phone may not give up, but some do: what it does then is what
// happens where it is not known whether the request was forked.
func TestWhoGivesUpBeforeAPhoneRingsStopsAllThatHaveTheInvite(t *testing.T) {
	f := calls(t, 2, "INVITE")
	f.cancels()
	f.wantCancelled(0, aborted)
	cancel := f.phones[1].HearsRequest("CANCEL")
	f.phones[1].Answers(cancel, 481) // it has overtaken the INVITE
	f.answers(1, 180)
	f.wantCancelled(1, "")
	f.wantTold(487, 0)
	f.wantSilence()
}

func TestACancelThatOvertakesItsInviteStopsThePhonesWhenTheyRing(t *testing.T) {
	f := newForked(t, 2)
	f.sent = f.alice.Request("INVITE", "sip:bob@example.org")
	f.cancels()
	for _, p := range f.phones {
		p.Answers(p.HearsRequest("CANCEL"), 481)
	}
	f.alice.Says(f.sent)
	for i, p := range f.phones {
		f.heard = append(f.heard, p.HearsRequest("INVITE"))
		f.answers(i, 180)
		f.wantCancelled(i, "")
	}
	f.wantTold(487, 0)
	f.wantSilence()
}

func TestAPhoneThatIsFoundGoneWhenItIsCancelledHasEnded(t *testing.T) {
	for _, gone := range [][]int{{0}, {0, 1}} {
		f := calls(t, 2, "INVITE")
		f.rings()
		for _, i := range gone {
			f.Cut(f.phones[i].Conn)
		}
		f.cancels()
		if len(gone) == 1 {
			f.wantCancelled(1, aborted)
			f.wantTold(487, 1)
		} else {
			f.alice.HearsResponse(480, "INVITE")
		}
		f.cancels() // finds the same, and tells nobody again
		f.wantSilence()
	}
}

func TestWhoGivesUpStopsThePhonesThatRangWhicheverAreRegisteredNow(t *testing.T) {
	for name, change := range map[string]func(*forked){
		"all have gone": func(f *forked) { f.phones[0].Unregister(); f.phones[1].Unregister() },
		"another came":  func(f *forked) { f.Phone("new", "bob@example.org") },
	} {
		t.Run(name, func(t *testing.T) {
			f := calls(t, 2, "INVITE")
			f.rings()
			change(f)
			f.cancels()
			f.wantCancelled(0, aborted)
			f.wantCancelled(1, aborted)
			f.wantTold(487, 0)
			f.wantSilence()
		})
	}
}

func TestWhoGivesUpStopsTheOnePhoneThatTheInviteWentToThoughThereAreMoreNow(t *testing.T) {
	f := calls(t, 1, "INVITE")
	f.answers(0, 180)
	f.wantTold(180, 0)
	other := f.Phone("other", "bob@example.org")
	f.cancels()
	p := f.phones[0]
	m := p.HearsRequest("CANCEL")
	f.wantSameBranch(m, 0)
	p.Answers(m, 200)
	other.Answers(other.HearsRequest("CANCEL"), 481)
	f.answers(0, 487)
	f.wantTold(487, 0)
	f.alice.HearsNothing()

	// The ACK is for one of them, and it is not known which: the phone waits for it in vain for 32
	// s, after which it forgets the call (timer H).
	f.alice.Says(f.alice.AckFailure(f.sent, p.Response(f.heard[0], 487)))
	f.wantSilence()
	other.HearsNothing()
}

// The one that is left has the CANCEL itself, and its 487 tells of it.
func TestWhoGivesUpStopsAPhoneThatIsRegisteredNoMore(t *testing.T) {
	f := calls(t, 2, "INVITE")
	f.rings()
	f.phones[1].Unregister()
	f.cancelsByPhone(f.phones[0], 200)
	f.answers(0, 487)
	f.wantAcked(0)
	f.wantCancelled(1, "")
	f.wantTold(487, 0)
	f.wantSilence()
}

// The one that is left knows of no call.
func TestWhoGivesUpStopsThePhonesThatRangWhenOnlyAnotherIsRegistered(t *testing.T) {
	f := calls(t, 2, "INVITE")
	f.rings()
	f.phones[0].Unregister()
	f.phones[1].Unregister()
	f.cancelsByPhone(f.Phone("new", "bob@example.org"), 481)
	f.wantCancelled(0, "")
	f.wantCancelled(1, "")
	f.wantTold(487, 0)
	f.wantSilence()

	f = calls(t, 1, "INVITE")
	f.alice.Says(f.alice.Cancel(f.sent))
	f.phones[0].Answers(f.phones[0].HearsRequest("CANCEL"), 481)
	f.alice.HearsResponse(481, "CANCEL") // there is nothing else to say
	f.wantSilence()
}

// cancelsByPhone has the caller give up and one phone answer that.
func (f *forked) cancelsByPhone(p *siptest.Phone, status int) {
	f.t.Helper()
	f.alice.Says(f.alice.Cancel(f.sent))
	p.Answers(p.HearsRequest("CANCEL"), status)
	f.alice.HearsResponse(200, "CANCEL")
}

func TestACancelForOnePhoneIsThePhonesOwn(t *testing.T) {
	f := calls(t, 1, "INVITE")
	f.answers(0, 180)
	f.wantTold(180, 0)
	f.alice.Says(f.alice.Cancel(f.sent))
	m := f.phones[0].HearsRequest("CANCEL")
	f.phones[0].Answers(m, 200)
	f.alice.HearsResponse(200, "CANCEL")
	f.answers(0, 487)
	ack := f.alice.HearsResponse(487, "INVITE")
	f.alice.Says(f.alice.AckFailure(f.sent, ack))
	f.wantAcked(0)
	f.wantSilence()
	if reads, writes := f.Transactions.TakeUnits(); reads != 0 || writes != 0 {
		t.Errorf("it takes %d reads and %d writes, want none", reads, writes)
	}
}
