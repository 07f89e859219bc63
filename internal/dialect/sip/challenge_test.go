package sip_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/sip/siptest"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/signaling"
	message "github.com/parley-rtc/parley/internal/sip"
	"github.com/parley-rtc/parley/internal/sip/digest"
)

// withUsers is a stage where alice and bob have passwords.
func withUsers(t *testing.T) *siptest.Stage {
	t.Helper()
	s := siptest.NewStage(t)
	s.Process.Dialect.Domain = "example.org"
	users(t, s.Process, `{"alice":"a's","bob":"b's"}`)
	return s
}

func users(t *testing.T, p *siptest.Process, text string) {
	t.Helper()
	u, err := digest.ParseUsers(text, p.Dialect.Domain)
	if err != nil {
		t.Fatal(err)
	}
	p.Dialect.Users = func(context.Context) (digest.Users, error) { return u, nil }
}

// challenge is what a phone makes of one: that of the last field, as JsSIP and SIP.js do.
type challenge struct {
	field, realm, nonce string
	algorithm           digest.Algorithm
	stale               bool
}

// challenged fails the test unless a response asks for credentials, in SHA-256 and in MD5.
func challenged(t *testing.T, m *message.Message, stale bool) challenge {
	t.Helper()
	name, field := "WWW-Authenticate", "Authorization"
	if m.Status == 407 {
		name, field = "Proxy-Authenticate", "Proxy-Authorization"
	}
	var got []challenge
	for _, value := range m.Header.Values(name) {
		params := map[string]string{}
		for part := range strings.SplitSeq(strings.TrimPrefix(value, "Digest "), ", ") {
			k, v, _ := strings.Cut(part, "=")
			params[k] = strings.Trim(v, `"`)
		}
		if params["qop"] != "auth" || params["realm"] != "example.org" {
			t.Errorf("the challenge is %s", value)
		}
		got = append(got, challenge{
			field: field, realm: params["realm"], nonce: params["nonce"],
			algorithm: digest.Algorithm(params["algorithm"]), stale: params["stale"] == "true",
		})
	}
	if m.Status != 401 && m.Status != 407 || len(got) != 2 || got[0].algorithm != digest.SHA256 || got[1].algorithm != digest.MD5 ||
		got[0].stale != stale || got[1].stale != stale {
		t.Fatalf("no challenge with stale=%v is\n%s", stale, m.Bytes())
	}
	return got[1]
}

// answer is the header field that answers the challenge of a request.
func (c challenge) answer(user, password, method, uri string, count int) string {
	shown := digest.Credentials{
		Username: user, Realm: c.realm, Nonce: c.nonce, URI: uri, Algorithm: c.algorithm, CNonce: "are71e7tdh39", NC: fmt.Sprintf("%08x", count),
	}
	shown.Response = digest.Response(shown, digest.HA1(c.algorithm, user, c.realm, password), method)
	return fmt.Sprintf(`%s: Digest algorithm=%s, username="%s", realm="%s", nonce="%s", uri="%s", response="%s", qop=auth, cnonce="%s", nc=%s`,
		c.field, c.algorithm, user, c.realm, c.nonce, uri, shown.Response, shown.CNonce, shown.NC)
}

func (c challenge) register(user, password string, count int) string {
	return c.answer(user, password, "REGISTER", "sip:example.org", count)
}

func TestRegisteringByAPassword(t *testing.T) {
	s := withUsers(t)
	a := connect(s, "a", "alice@example.org")
	s.Store.TakeUnits()
	c := challenged(t, a.registers(a.jssip(600)), false)
	wantUnits(t, s, 0, 0)
	wantListed(t, s, "alice@example.org")
	a.asks(t, 200, a.jssip(600), c.register("alice", "a's", 1))
	wantUnits(t, s, 0.5, 2)
	wantListed(t, s, "alice@example.org", "a")

	b := connect(s, "b", "bob@example.org") // which knows SHA-256, and other credentials
	c = challenged(t, b.registers(b.sipjs(300)), false)
	c.algorithm = digest.SHA256
	other := c
	other.realm = "elsewhere.example"
	b.asks(t, 200, b.sipjs(300), "Authorization: Bearer x\n"+other.register("bob", "z's", 1)+"\n"+c.register("bob", "b's", 1))
	s.WantQuiet()
}

// SIP.js says its last credentials again when it refreshes, and when it unregisters.
func TestCredentialsThatWereUsedAreAskedForAgain(t *testing.T) {
	s := withUsers(t)
	a := connect(s, "a", "alice@example.org")
	first := challenged(t, a.registers(a.sipjs(120)), false)
	credentials := first.register("alice", "a's", 1)
	a.asks(t, 200, a.sipjs(120), credentials)
	a.asks(t, 200, a.sipjs(120), first.register("alice", "a's", 2)) // the next count is new
	for _, lines := range [][]string{
		{a.sipjs(240), credentials},
		{a.sipjs(0), credentials},
		{"Contact: *", "Expires: 0", credentials},
		{credentials},
		{a.sipjs(240), first.register("alice", "a's", 2)},
	} {
		challenged(t, a.registers(lines...), true)
		wantListed(t, s, "alice@example.org", "a")
	}
	c := challenged(t, a.registers(a.sipjs(240), credentials), true)
	wantContacts(t, a.registers(a.sipjs(240), c.register("alice", "a's", 2)), "<"+a.Contact+">;expires=240")
	// The nonce before is over by that, whatever its count.
	challenged(t, a.registers(a.sipjs(300), first.register("alice", "a's", 9)), true)
	c = challenged(t, a.registers(a.sipjs(0), credentials), true)
	wantContacts(t, a.registers(a.sipjs(0), c.register("alice", "a's", 3)))
	s.WantQuiet()
}

func TestANonceIsOfAConnectionAndATime(t *testing.T) {
	s := withUsers(t)
	a := connect(s, "a", "alice@example.org")
	c := challenged(t, a.registers(a.sipjs(300)), false)
	b := connect(s, "b", "alice@example.org")
	challenged(t, b.registers(b.sipjs(300), c.register("alice", "a's", 1)), true) // a thief's, or his own on another socket
	forged := c
	forged.nonce = "x" + c.nonce
	challenged(t, a.registers(a.sipjs(300), forged.register("alice", "a's", 1)), true)
	wantListed(t, s, "alice@example.org")
	s.Now = s.Now.Add(5*time.Minute - time.Second)
	a.asks(t, 200, a.sipjs(300), c.register("alice", "a's", 1))
	s.Now = s.Now.Add(time.Second)
	challenged(t, a.registers(a.sipjs(300), c.register("alice", "a's", 2)), true)
}

func TestAStrangerIsToldWhatAWrongPasswordIs(t *testing.T) {
	s := withUsers(t)
	var told []string
	for _, user := range []string{"alice", "mallory"} {
		a := connect(s, "of-"+user, user+"@example.org")
		c := challenged(t, a.registers(a.sipjs(300)), false)
		for _, password := range []string{"wrong", ""} {
			m := a.registers(a.sipjs(300), c.register(user, password, 1))
			again := challenged(t, m, false)
			told = append(told, m.Reason+strings.ReplaceAll(fmt.Sprint(m.Header.Values("WWW-Authenticate")), again.nonce, "NONCE"))
		}
		// Nor is a nonce that has ended said to be that to who knows no password.
		s.Now = s.Now.Add(time.Hour)
		challenged(t, a.registers(a.sipjs(300), c.register(user, "wrong", 1)), false)
		wantListed(t, s, a.AOR)
	}
	for _, one := range told {
		if one != told[0] {
			t.Errorf("told is\n%s\nand\n%s", told[0], one)
		}
	}
}

func TestNobodyRegistersAsAnother(t *testing.T) {
	s := withUsers(t)
	a := connect(s, "a", "alice@example.org")
	c := challenged(t, a.registers(a.sipjs(300)), false)
	m := a.asks(t, 403, a.sipjs(300), c.register("bob", "b's", 1))
	if !strings.Contains(m.Reason, "another user") {
		t.Errorf("the reason is %q", m.Reason)
	}
	wantListed(t, s, "alice@example.org")
}

func TestCredentialsAreForTheRequest(t *testing.T) {
	s := withUsers(t)
	a := connect(s, "a", "alice@example.org")
	c := challenged(t, a.registers(a.sipjs(300)), false)
	challenged(t, a.registers(a.sipjs(300), c.answer("alice", "a's", "INVITE", "sip:example.org", 1)), false)
	right := c.register("alice", "a's", 1)
	for value, words := range map[string]string{
		c.answer("alice", "a's", "REGISTER", "sip:example.com", 1): "another Request-URI",
		strings.Replace(right, "qop=auth", "qop=auth-int", 1):      "qop",
		strings.Replace(right, "qop=auth, ", "", 1):                "qop",
		strings.Replace(right, "nc=00000001", "nc=1", 1):           "nc",
		"Authorization: Digest x":                                  "parameters",
	} {
		if m := a.asks(t, 400, a.sipjs(300), value); !strings.Contains(m.Reason, words) {
			t.Errorf("%s: the reason is %q", value, m.Reason)
		}
	}
	challenged(t, a.registers(a.sipjs(300), strings.Replace(right, "=MD5", "=SHA-512-256", 1)), false)
	wantListed(t, s, "alice@example.org")
}

// Who has a hash of MD5 alone takes SHA-256 from all: a challenge tells nobody who is a user.
func TestAnAlgorithmIsOfferedThatAllCanAnswer(t *testing.T) {
	s := withUsers(t)
	users(t, s.Process, `{"alice":"ha1:MD5=`+digest.HA1(digest.MD5, "alice", "example.org", "a's")+`","bob":"b's"}`)
	b := connect(s, "b", "bob@example.org")
	m := b.asks(t, 401, b.sipjs(300))
	if got := m.Header.Values("WWW-Authenticate"); len(got) != 1 || !strings.Contains(got[0], "algorithm=MD5") {
		t.Errorf("got\n%s", m.Bytes())
	}
}

func TestUsersThatCannotBeReadAreAskedForAgain(t *testing.T) {
	s := withUsers(t)
	there := s.Process.Dialect.Users
	s.Process.Dialect.Users = func(context.Context) (digest.Users, error) { return nil, errors.New("SSM is away") }
	a := connect(s, "a", "alice@example.org")
	m := a.asks(t, 500, a.sipjs(300))
	if log := s.Log.Take(); strings.Contains(m.Reason, "SSM") || !strings.Contains(log, "SSM is away") {
		t.Errorf("told is %q, logged is\n%s", m.Reason, log)
	}
	s.Process.Dialect.Users = there
	challenged(t, a.registers(a.sipjs(300)), false)
}

// Whoever guesses passwords, or registers without end, is slowed down as who joins rooms without
// end.
func TestAFloodOfRegistersIsBounded(t *testing.T) {
	for what, credentials := range map[string]bool{"by guesses": true, "by all": false} {
		s := withUsers(t)
		s.Process.Service.Flow, s.Process.Service.Limits.Joins = limit.NewFlow(), 10
		a := connect(s, "a", "alice@example.org")
		c := challenged(t, a.registers(a.sipjs(300)), false)
		if !credentials {
			s.Process.Dialect.Users = nil
		}
		var answered []int
		for range 25 {
			line := "X: y"
			if credentials {
				line = c.register("alice", "wrong", 1)
			}
			m := a.registers(a.sipjs(300), line)
			if m.Status == 503 && m.Header.Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After in\n%s", what, m.Bytes())
			}
			if len(answered) == 0 || answered[len(answered)-1] != m.Status {
				answered = append(answered, m.Status)
			}
		}
		if want := map[bool]string{true: "[401 503]", false: "[200 503]"}[credentials]; fmt.Sprint(answered) != want {
			t.Errorf("%s: answered is %v, want %s", what, answered, want)
		}
		if !credentials {
			continue
		}
		challenged(t, a.registers(a.sipjs(300)), false) // which costs nothing
		wantListed(t, s, "alice@example.org")
	}
}

// admitting is an Admission of who has those rights, or of who is refused.
type admitting struct {
	rights  *signaling.Rights
	refusal *signaling.Error
}

func (a admitting) Admit(context.Context, signaling.Handshake) (*signaling.Rights, error) {
	if a.refusal != nil {
		return nil, a.refusal
	}
	return a.rights, nil
}

// byToken has the stage admit whoever has a token, and connects one.
func byToken(s *siptest.Stage, conn, aor string, by admitting, tokens ...string) *agent {
	s.Process.House.NeedRights, s.Process.Service.NeedRights, s.Process.Admission = true, true, by
	return connect(s, conn, aor, tokens...)
}

func TestRegisteringByAToken(t *testing.T) {
	for peer, served := range map[string]bool{"alice": true, "a*": true, "*": true, "bob": false, "b*": false} {
		s := siptest.NewStage(t)
		rights := &signaling.Rights{Peer: peer, Rooms: []string{"*"}, Expires: s.Now.Add(time.Hour)}
		a := byToken(s, "a", "alice@example.org", admitting{rights: rights}, "token")
		if served {
			a.asks(t, 200, a.sipjs(300))
			s.Store.TakeUnits()
			a.asks(t, 200, a.sipjs(300))
			wantUnits(t, s, 0.5, 2)
			s.Now = s.Now.Add(2 * time.Hour)
			if m := a.asks(t, 403, a.sipjs(300)); !strings.Contains(m.Reason, "expired") {
				t.Errorf("%s: the reason is %q", peer, m.Reason)
			}
			continue
		}
		if m := a.asks(t, 403, a.sipjs(300)); m.Reason != "Your token is for "+peer {
			t.Errorf("%s: the reason is %q", peer, m.Reason)
		}
		users(t, s.Process, `{"alice":"a's"}`) // and who has a password may have another's token
		s.Process.Dialect.Domain = "example.org"
		c := challenged(t, a.registers(a.sipjs(300)), false)
		a.asks(t, 200, a.sipjs(300), c.register("alice", "a's", 1))
	}
}

func TestWhyATokenIsNotTakenIsTold(t *testing.T) {
	refused := admitting{refusal: signaling.Errorf(signaling.CodeUnauthorized, "your token has ended, or its secret is another")}
	for words, tokens := range map[string][]string{refused.refusal.Msg: {"token"}, "opened without a token": nil} {
		s := siptest.NewStage(t)
		a := byToken(s, "a", "alice@example.org", refused, tokens...)
		if m := a.asks(t, 403, a.sipjs(300)); !strings.Contains(m.Reason, words) {
			t.Errorf("%v: the reason is %q", tokens, m.Reason)
		}
		wantListed(t, s, "alice@example.org")
		s.Process.Dialect.Domain = "example.org"
		users(t, s.Process, `{"alice":"a's"}`)
		m := a.registers(a.sipjs(300))
		c := challenged(t, m, false)
		if !strings.Contains(m.Reason, words) {
			t.Errorf("%v: the reason is %q", tokens, m.Reason)
		}
		a.asks(t, 200, a.sipjs(300), c.register("alice", "a's", 1))
	}
}

func TestNoLogHasCredentials(t *testing.T) {
	s := withUsers(t)
	s.Log.Level.Set(slog.LevelDebug)
	a := connect(s, "a", "alice@example.org")
	c := challenged(t, a.registers(a.sipjs(300)), false)
	right, wrong := c.register("alice", "a's", 1), c.register("alice", "wrong", 2)
	a.asks(t, 200, a.sipjs(300), right)
	a.asks(t, 401, a.sipjs(300), right)
	a.asks(t, 401, a.sipjs(300), wrong)
	a.asks(t, 400, a.sipjs(300), right+", x")
	log := s.Log.Take()
	if strings.Count(log, "action=REGISTER") != 5 {
		t.Errorf("the log has\n%s", log)
	}
	for _, credentials := range []string{right, wrong} {
		for _, part := range strings.FieldsFunc(credentials, func(r rune) bool { return strings.ContainsRune(` ,"=`, r) }) {
			if len(part) > 8 && part != "Authorization:" && strings.Contains(log, part) {
				t.Errorf("the log has %s:\n%s", part, log)
			}
		}
	}
}
