package sip_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/sip/siptest"
)

// What came later stays, in whichever order two are handled.
func TestOneOfTwoIsTheLater(t *testing.T) {
	s := siptest.NewStage(t)
	a := connect(s, "a", "alice@example.org")
	a.asks(t, 200, a.sipjs(300), "CSeq: 7 REGISTER")
	for _, cseq := range []string{"7", "6", "1"} {
		for _, contact := range []string{"Contact: <sip:other@a.invalid>", a.sipjs(0), "Contact: *"} {
			m := a.asks(t, 500, contact, "Expires: 0", "CSeq: "+cseq+" REGISTER")
			if !strings.Contains(m.Reason, "higher") {
				t.Errorf("the reason is %q", m.Reason)
			}
		}
	}
	wantContacts(t, a.registers(), "<"+a.Contact+">;expires=300")
	a.asks(t, 200, a.sipjs(120), "CSeq: 8 REGISTER")
	a.callID = "after a restart"
	wantContacts(t, a.registers(a.sipjs(200), "CSeq: 1 REGISTER"), "<"+a.Contact+">;expires=200")
}

func TestSeveralPhonesOfOneUser(t *testing.T) {
	s := siptest.NewStage(t)
	a, b := connect(s, "a", "alice@example.org"), connect(s, "b", "alice@example.org")
	a.asks(t, 200, a.sipjs(300))
	s.Now = s.Now.Add(100 * time.Second)
	wantContacts(t, b.registers("Contact: <sip:b@b.invalid>;q=0.5, <sip:b2@b.invalid>;expires=100"),
		"<"+a.Contact+">;expires=200", "<sip:b@b.invalid>;q=0.5;expires=300", "<sip:b2@b.invalid>;expires=100")
	wantListed(t, s, "alice@example.org", "a", "b")
	// One contact of a connection goes, the others stay.
	wantContacts(t, b.registers("Contact: <sip:b@b.invalid>;expires=0"), "<"+a.Contact+">;expires=200", "<sip:b2@b.invalid>;expires=100")
	s.Now = s.Now.Add(100 * time.Second)
	wantContacts(t, b.registers("Contact: <sip:b@b.invalid>"), "<"+a.Contact+">;expires=100", "<sip:b@b.invalid>;expires=300")
	a.asks(t, 200, a.sipjs(0))
	wantListed(t, s, "alice@example.org", "b")
	b.Disconnect()
	wantListed(t, s, "alice@example.org")
	s.WantQuiet()
}

func TestAllAreRemoved(t *testing.T) {
	s := siptest.NewStage(t)
	agents := map[string]*agent{}
	for _, conn := range []string{"a", "b", "c"} {
		agents[conn] = connect(s, conn, "alice@example.org")
		agents[conn].asks(t, 200, agents[conn].sipjs(300))
	}
	bob := connect(s, "bob", "bob@example.org")
	bob.asks(t, 200, bob.sipjs(300))
	wantContacts(t, agents["b"].registers("Contact: *", "Expires: 0"))
	wantListed(t, s, "alice@example.org")
	wantListed(t, s, "bob@example.org", "bob")
	// Also by one that has registered nothing.
	agents["a"].asks(t, 200, agents["a"].sipjs(300))
	wantContacts(t, agents["c"].registers("Contact: *", "Expires: 0"))
	wantListed(t, s, "alice@example.org")
	s.WantQuiet()
}

func TestAPhoneThatComesBackTakesItsPlace(t *testing.T) {
	const instance = `;reg-id=1;+sip.instance="<urn:uuid:1>"`
	for what, contacts := range map[string][2]string{
		"by its instance and flow": {"<sip:x@a.invalid>" + instance, "<sip:y@b.invalid>" + instance},
		"by its contact":           {"<sip:x@a.invalid;transport=ws>", `<sip:x@A.invalid;transport=WS;ob>;+sip.instance="<urn:uuid:2>"`},
	} {
		s := siptest.NewStage(t)
		other := connect(s, "other", "alice@example.org")
		other.asks(t, 200, other.sipjs(300))
		old := connect(s, "old", "alice@example.org")
		old.asks(t, 200, "Contact: "+contacts[0])
		young := connect(s, "young", "alice@example.org")
		s.Store.TakeUnits()
		wantContacts(t, young.registers("Contact: "+contacts[1]), "<"+other.Contact+">;expires=300", contacts[1]+";expires=300")
		wantUnits(t, s, 0.5, 2)
		wantListed(t, s, "alice@example.org", "other", "young")
		old.Disconnect() // late, and takes nothing with it
		wantListed(t, s, "alice@example.org", "other", "young")

		// It may unregister what it registered on the connection before.
		last := connect(s, "last", "alice@example.org")
		if m := last.registers("Contact: " + contacts[1] + ";expires=0"); len(m.Header.Values("Contact")) != 1 {
			t.Errorf("%s: got\n%s", what, m.Bytes())
		}
		wantListed(t, s, "alice@example.org", "other")

		// A foreign user's contact is as good as any.
		bob := connect(s, "bob", "bob@example.org")
		bob.asks(t, 200, "Contact: <"+other.Contact+">"+instance)
		wantListed(t, s, "alice@example.org", "other")
		s.WantQuiet()
	}
}

// Two flows of one instance are two contacts.
func TestEachFlowIsAContact(t *testing.T) {
	s := siptest.NewStage(t)
	for i, conn := range []string{"a", "b"} {
		a := connect(s, conn, "alice@example.org")
		a.asks(t, 200, fmt.Sprintf(`Contact: <sip:x@%s.invalid>;reg-id=%d;+sip.instance="<urn:uuid:1>"`, conn, i+1))
	}
	wantListed(t, s, "alice@example.org", "a", "b")
}

// The CSeq of a client that has come back goes on.
func TestALateRequestOfTheConnectionBeforeIsRefused(t *testing.T) {
	s := siptest.NewStage(t)
	young := connect(s, "young", "alice@example.org")
	young.asks(t, 200, "Contact: <sip:x@a.invalid>", "Call-ID: one", "CSeq: 5 REGISTER")
	old := connect(s, "old", "alice@example.org")
	old.asks(t, 500, "Contact: <sip:x@a.invalid>", "Call-ID: one", "CSeq: 4 REGISTER")
	wantListed(t, s, "alice@example.org", "young")
	old.asks(t, 200, "Contact: <sip:x@a.invalid>", "Call-ID: one", "CSeq: 6 REGISTER")
	wantListed(t, s, "alice@example.org", "old")
}

func TestTenContactsAreTheMost(t *testing.T) {
	s := siptest.NewStage(t)
	var agents []*agent
	for i := range 10 {
		a := connect(s, fmt.Sprintf("a%d", i), "alice@example.org")
		a.asks(t, 200, a.sipjs(300))
		agents = append(agents, a)
	}
	late := connect(s, "late", "alice@example.org")
	if m := late.asks(t, 403, late.sipjs(300)); !strings.Contains(m.Reason, "10 contacts") {
		t.Errorf("the reason is %q", m.Reason)
	}
	agents[3].asks(t, 403, agents[3].sipjs(300), "Contact: <sip:x@a.invalid>")
	agents[3].asks(t, 200, agents[3].sipjs(300)) // a refresh is none more
	s.Cut("a5")                                  // and nobody has told so yet
	late.asks(t, 200, late.sipjs(300))
	wantListed(t, s, "alice@example.org", "a0", "a1", "a2", "a4", "a6", "a7", "a8", "a9", "a3", "late")
}

func TestTenAddressesOfAConnectionAreTheMost(t *testing.T) {
	s := siptest.NewStage(t)
	a := connect(s, "a", "")
	for i := range 11 {
		a.AOR = fmt.Sprintf("user%d@example.org", i)
		want := 200
		if i == 10 {
			want = 403
		}
		a.asks(t, want, a.sipjs(300))
	}
	wantListed(t, s, "user9@example.org", "a")
	wantListed(t, s, "user10@example.org")
}
