package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// TestHostileRequests has eve, who is registered, send what she likes to, while alice and bob are in
// a call. What she is answered begins so; "" is nothing.
func TestHostileRequests(t *testing.T) {
	s := startSIP(t, emulator.Options{Serial: true}) // when a frame is answered, all has come of the one before
	alice, bob, eve := s.registered(t, "alice", "a"), s.registered(t, "bob", "b"), s.registered(t, "eve", "e")
	invite, ok, _, _ := alice.calls(bob)
	message := func(fields ...string) string { return eve.request("MESSAGE", bob.aor(), fields...) }
	but := func(old, instead string) string { return strings.Replace(message(), old, instead, 1) }
	answer := eve.answers(invite, "200 OK")
	forged := "Via: SIP/2.0/WSS parley.invalid;branch=z9hG4bKx;flow=" + strings.Repeat("A", 200) + "\r\n"
	for name, attempt := range map[string]struct{ raw, want string }{
		"From is another's":              {message("From: <sip:alice@example.org>;tag=1"), "SIP/2.0 403"},
		"From is another's, in capitals": {message("From: <SIP:alice@EXAMPLE.org>;tag=1"), "SIP/2.0 403"},
		"From is another's, compact":     {message("From", "f: <sip:alice@example.org>;tag=1"), "SIP/2.0 403"},
		"From is twice there":            {message("f: <sip:alice@example.org>;tag=1"), "SIP/2.0 400"},
		"To is twice there":              {message("t: <sip:alice@example.org>"), "SIP/2.0 400"},
		"BYE in a dialog of others":      {eve.inDialog("BYE", invite, ok, 9), "SIP/2.0 403"},
		"REGISTER for another":           {eve.registration("REGISTER", "To: <sip:alice@example.org>"), "SIP/2.0 4"},
		"a response to nothing":          {eve.answers(eve.request("INVITE", alice.aor()), "200 OK"), ""},
		"a response with a forged Via":   {strings.Replace(answer, "Via: ", forged+"Via: ", 1), ""},
		"a response of a call of others": {answer, ""},
		"Max-Forwards is 0":              {message("Max-Forwards: 0"), "SIP/2.0 483"},
		"Max-Forwards is no number":      {message("Max-Forwards: -1"), "SIP/2.0 400"},
		"Proxy-Require":                  {message("Proxy-Require: magic"), "SIP/2.0 420"},
		"200 fields":                     {message(manyFields(200)...), "SIP/2.0 400"},
		"Content-Length is too much":     {but("Length: 0", "Length: 999"), "SIP/2.0 400"},
		"Content-Length is no number":    {but("Length: 0", "Length: -1"), "SIP/2.0 400"},
		"another version":                {but("SIP/2.0\r", "SIP/3.0\r"), "SIP/2.0 505"},
		"a CR in a field":                {message("X-A: b\rRoute: <sip:alice@a.invalid>"), ""},
		"a LF in a field":                {message("X-A: b\nRoute: <sip:alice@a.invalid>"), ""},
		"a NUL in a field":               {message("X-A: b\x00c"), ""},
		"a Route that is made up":        {message("Route: <sip:AAAAAAAAAAAAAAAAAA@parley.invalid;lr>"), "SIP/2.0 4"},
		"CSeq is of another method":      {message("CSeq: 1 INVITE"), "SIP/2.0 400"},
		"to another domain":              {eve.request("MESSAGE", "sip:bob@elsewhere.test"), "SIP/2.0 4"},
		"to nobody":                      {eve.request("INVITE", "sip:nobody@example.org"), "SIP/2.0 404"},
		"to a telephone number":          {eve.request("MESSAGE", "tel:+123"), "SIP/2.0 4"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, p := range []*phone{alice, bob, eve} {
				p.t = t
			}
			eve.sends(attempt.raw)
			if attempt.want != "" {
				eve.next(attempt.want)
			}
			for _, p := range []*phone{eve, alice, bob} {
				p.quiet()
			}
		})
	}
	for _, p := range []*phone{alice, bob, eve} {
		p.t = t
	}
	stranger := s.dialSIP(t, "eve", "stranger")
	stranger.sends(stranger.request("MESSAGE", bob.aor()))
	stranger.next("SIP/2.0 407") // it has shown no password

	// What is unusual, and right.
	body := "text\r\n\r\nINVITE sip:bob@example.org SIP/2.0"
	compact := strings.NewReplacer("To:", "t :", "From:", "f:", "Via:", "v:", "Call-ID:", "i:", "Content-Length:", "l:")
	eve.sends(compact.Replace(message("Subject: a\r\n folded\r\n\tfield", "Max-Forwards", "", body)))
	got := bob.next("MESSAGE " + bob.contact)
	if !strings.HasSuffix(got, "\r\n\r\n"+body) || field(got, "Subject") != "a folded field" ||
		field(got, "Max-Forwards") == "" {
		t.Errorf("bob got %q", got)
	}
	bob.sends(bob.answers(got, "200 OK"))
	eve.next("SIP/2.0 200")

	// API Gateway does not take 64 KB: it closes that socket, and no other.
	large := message("X-A: " + strings.Repeat("a", 64<<10))
	_ = eve.socket.Write(t.Context(), websocket.MessageText, []byte(large))
	eve.next("")
	alice.sends(alice.inDialog("BYE", invite, ok, 3))
	bob.sends(bob.answers(bob.next("BYE "+bob.contact), "200 OK"))
	alice.next("SIP/2.0 200")
}

// manyFields are so many, of names that nobody knows.
func manyFields(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("X-%d: a", i))
	}
	return list
}

// TestForgedResponses has whoever is called, and another, answer otherwise than the Via says.
func TestForgedResponses(t *testing.T) {
	s := startSIP(t, emulator.Options{Serial: true})
	alice, bob, eve := s.registered(t, "alice", "a"), s.registered(t, "bob", "b"), s.registered(t, "eve", "e")
	invite := alice.sends(alice.request("INVITE", bob.aor()))
	got := bob.next("INVITE")
	right := bob.answers(got, "180 Ringing")
	via := field(got, "Via")
	own := field(invite, "Via")
	other := func(old, instead string) string { return strings.Replace(right, old, instead, 1) }
	for _, forged := range []struct {
		from *phone
		raw  string
	}{
		{eve, right},
		{bob, other("Call-ID: ", "Call-ID: x")},
		{bob, other(";tag=from-alice", ";tag=from-mallory")},
		{bob, other("CSeq: 1 INVITE", "CSeq: 2 INVITE")},
		{bob, other(own, strings.Replace(own, "z9hG4bK", "z9hG4bKx", 1))},
		{bob, other(via, via[:len(via)-8]+"AAAAAAAA")},
		{bob, other("Via: "+via+"\r\n", "")},
		{bob, other("parley.invalid", "a.invalid")},
	} {
		if forged.from == bob && forged.raw == right {
			t.Fatal("nothing is forged")
		}
		forged.from.sends(forged.raw)
		forged.from.quiet()
	}
	alice.quiet()

	// A Via that was seen elsewhere leads nowhere.
	eve.sends(strings.Replace(eve.request("MESSAGE", bob.aor()), "\r\nVia:", "\r\nVia: "+via+"\r\nVia:", 1))
	bob.sends(bob.answers(bob.next("MESSAGE"), "200 OK"))
	eve.sends(eve.next("SIP/2.0 200"))
	eve.quiet()
	alice.quiet()

	bob.sends(right)
	alice.next("SIP/2.0 180")
}

// TestReplayedDigest uses credentials again, where they were seen and elsewhere.
func TestReplayedDigest(t *testing.T) {
	s := startSIP(t, emulator.Options{})
	bob, thief := s.dialSIP(t, "bob", "b"), s.dialSIP(t, "bob", "thief")
	tries := func(p *phone, credentials, want string) string {
		t.Helper()
		p.sends(p.registration("REGISTER", credentials))
		return p.next(want)
	}
	stale := func(challenge string) bool { return strings.Contains(strings.ToLower(challenge), "stale=true") }

	seen := bob.authorization("REGISTER", tries(bob, "Subject: first", "SIP/2.0 401"))
	tries(bob, seen, "SIP/2.0 200")
	if again := tries(bob, seen, "SIP/2.0 401"); !stale(again) {
		t.Errorf("a count of a nonce that was used is answered %q, want stale=true, with a new nonce", again)
	}
	tries(thief, seen, "SIP/2.0 401")
	own := tries(thief, thief.credentials("REGISTER", "made up", "secret of bob", 1), "SIP/2.0 401")
	if wrong := tries(thief, thief.credentials("REGISTER", nonce(own), "a guess", 1), "SIP/2.0 401"); stale(wrong) {
		t.Errorf("a wrong password is answered %q: with stale=true clients try it again", wrong)
	}

	eve := s.registered(t, "eve", "e")
	eve.sends(eve.request("MESSAGE", bob.aor()))
	bob.next("MESSAGE " + bob.contact)
	thief.sends("\r\n\r\n")
	thief.next("\r\n")
}

// TestAForeignContactTakesNothing has eve register the Contact that bob is called at.
func TestAForeignContactTakesNothing(t *testing.T) {
	s := startSIP(t, emulator.Options{})
	alice, bob, eve := s.registered(t, "alice", "a"), s.registered(t, "bob", "b"), s.registered(t, "eve", "e")
	instance := `;+sip.instance="<urn:uuid:00000000-0000-4000-8000-000000000001>";reg-id=1`
	bob.register("Contact: <" + bob.contact + ">" + instance)
	invite, ok, _, _ := alice.calls(bob)
	eve.register("Contact: <"+bob.contact+">"+instance, "CSeq: 50 REGISTER")
	alice.sends(alice.inDialog("BYE", invite, ok, 2))
	bob.next("BYE " + bob.contact)
	eve.quiet()
	bob.quiet()
}

// TestAFloodOfREGISTER ends at MESSAGE_BURST, and is nobody else's.
func TestAFloodOfREGISTER(t *testing.T) {
	s := startSIP(t, emulator.Options{}, "MESSAGE_RATE=1", "MESSAGE_BURST=10")
	alice, bob := s.registered(t, "alice", "a"), s.registered(t, "bob", "b")
	eve := s.dialSIP(t, "eve", "e")
	for i := range 40 {
		eve.sends(eve.registration("REGISTER", fmt.Sprintf("CSeq: %d REGISTER", i+1)))
	}
	refused := false
	for range 40 {
		got := eve.receive()
		if refused = strings.HasPrefix(got, "SIP/2.0 503") && field(got, "Retry-After") != ""; refused {
			break
		}
	}
	if !refused {
		t.Error("nothing of 40 REGISTER at once is refused with 503 and Retry-After")
	}
	alice.sends(alice.request("MESSAGE", bob.aor()))
	bob.next("MESSAGE")
}
