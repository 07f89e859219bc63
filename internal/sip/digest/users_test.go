package digest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/sip/digest"
)

const (
	realm  = "calls.example"
	secret = "s3cr3t" // in each value below that must not be told
)

// knows fails the test unless the user can show that password, by that algorithm.
func knows(t *testing.T, u digest.Users, a digest.Algorithm, name, password string) {
	t.Helper()
	c := digest.Credentials{Username: name, Realm: realm, Nonce: "n", URI: "sip:" + realm, Algorithm: a, CNonce: "c", NC: "00000001"}
	c.Response = digest.Response(c, digest.HA1(a, name, realm, password), "REGISTER")
	if !u.Check(c, "REGISTER") {
		t.Errorf("%s does not know %q by %s", name, password, a)
	}
	c.Response = digest.Response(c, digest.HA1(a, name, realm, password+" "), "REGISTER")
	if u.Check(c, "REGISTER") {
		t.Errorf("%s knows another password than %q by %s", name, password, a)
	}
}

func TestUsersHavePasswordsOrHashes(t *testing.T) {
	both := digest.Entry("bob", realm, "b's")
	md5, sha256, _ := strings.Cut(strings.TrimPrefix(both, "ha1:"), ",")
	for text, offered := range map[string][]digest.Algorithm{
		`{"alice":"a's"}`: {digest.SHA256, digest.MD5},
		"\n { \"alice\" : \"a's\" , \"bob\":\"b's\" } \n":              {digest.SHA256, digest.MD5},
		`{"bob":"` + both + `","alice":"a's"}`:                         {digest.SHA256, digest.MD5},
		`{"bob":"ha1:` + sha256 + ", " + md5 + `","alice":"a's"}`:      {digest.SHA256, digest.MD5},
		`{"bob":"ha1:` + md5 + `","alice":"a's"}`:                      {digest.MD5},
		`{"bob":"ha1:` + sha256 + `","alice":"a's"}`:                   {digest.SHA256},
		`{"bob":"ha1:` + strings.TrimPrefix(md5, "MD5=") + `"}`:        {digest.MD5},
		`{"bob":"ha1:md5=` + strings.ToUpper(md5[len("MD5="):]) + `"}`: {digest.MD5},
	} {
		users, err := digest.ParseUsers(text, realm)
		if err != nil || !slices.Equal(users.Algorithms(), offered) {
			t.Errorf("%s: offers %v, %v, want %v", text, users.Algorithms(), err, offered)
		}
		for _, a := range offered {
			for name, password := range map[string]string{"alice": "a's", "bob": "b's"} {
				if _, is := users[name]; is {
					knows(t, users, a, name, password)
				}
			}
		}
		for name, s := range users {
			if s.Password != "" {
				t.Errorf("%s: the password of %s is kept", text, name)
			}
		}
	}
}

func TestWithoutARealmThereArePasswords(t *testing.T) {
	users, err := digest.ParseUsers(`{"alice":"a's"}`, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range users.Algorithms() {
		knows(t, users, a, "alice", "a's")
	}
	if len(users.Algorithms()) != 2 {
		t.Errorf("offers %v", users.Algorithms())
	}
	_, err = digest.ParseUsers(`{"bob":"`+digest.Entry("bob", realm, secret)+`"}`, "")
	if err == nil || !strings.Contains(err.Error(), "SIP_DOMAIN") {
		t.Errorf("hashes of no realm: got %v", err)
	}
}

func TestNobodyIsNobody(t *testing.T) {
	for _, text := range []string{"", " \n"} {
		if users, err := digest.ParseUsers(text, realm); users != nil || err != nil {
			t.Errorf("%q: got %v, %v", text, users, err)
		}
	}
}

func TestWhatIsWrongWithUsersIsSaidWithoutTheirSecrets(t *testing.T) {
	hash := strings.Repeat("5e", 16)
	many := strings.Builder{}
	for i := range 1001 {
		fmt.Fprintf(&many, `,"u%d":"p"`, i)
	}
	for text, words := range map[string]string{
		secret:                                                     "want a JSON object",
		`["` + secret + `"]`:                                       "want a JSON object",
		` { } `:                                                    "nobody in it",
		`"` + secret + `"`:                                         "want a JSON object",
		`{"alice":"` + secret:                                      "entry 1",
		`{"alice":"` + secret + `"`:                                "want a JSON object",
		`{"alice":"` + secret + `"} x`:                             "want a JSON object",
		`{"alice":"` + secret + `"}{}`:                             "want a JSON object",
		`{"alice":"` + secret + `" "bob"}`:                         "entry 2",
		`{"alice":"` + secret + `","bob":"\x"}`:                    "entry 2",
		`{"alice":{"password":"` + secret + `"}}`:                  "entry 1",
		`{"alice":["` + secret + `"]}`:                             "entry 1",
		`{"alice":5}`:                                              "entry 1",
		`{"` + secret + ` alice":"p"}`:                             "the name of entry 1",
		`{"a":"p","` + secret + `@x":"p"}`:                         "the name of entry 2",
		`{"":"` + secret + `"}`:                                    "the name of entry 1",
		`{"` + strings.Repeat(secret, 11) + `":"p"}`:               "the name of entry 1",
		`{"alice":"` + secret + `","alice":"` + secret + `2"}`:     "alice is named twice",
		`{"alice":""}`:                                             "alice: want a password",
		`{"alice":"` + secret + `\u0000"}`:                         "alice: want a password",
		`{"alice":"` + strings.Repeat(secret, 22) + `"}`:           "alice: want a password",
		`{"alice":"ha1:` + secret + `"}`:                           "alice: want ha1:MD5=HASH",
		`{"alice":"ha1:"}`:                                         "alice: want ha1:MD5=HASH",
		`{"alice":"ha1:SHA-256=` + hash + `"}`:                     "alice: want ha1:MD5=HASH",
		`{"alice":"ha1:MD5=` + hash + hash + `"}`:                  "alice: want ha1:MD5=HASH",
		`{"alice":"ha1:MD5=` + hash + `,MD5=` + hash + `"}`:        "alice: want ha1:MD5=HASH",
		`{"alice":"ha1:SHA-1=` + hash + `5e5e5e5e"}`:               "alice: want ha1:MD5=HASH",
		`{"alice":"ha1:MD5=` + hash + `,"}`:                        "alice: want ha1:MD5=HASH",
		`{"a":"ha1:` + hash + `","b":"ha1:` + hash + hash + `"}`:   "no challenge is for all",
		"{" + many.String()[1:] + "}":                              "more than 1000",
		`{"alice":"` + strings.Repeat(secret, 64<<10/6) + `zzzz"}`: "the limit is 65536",
	} {
		users, err := digest.ParseUsers(text, realm)
		if err == nil || !strings.Contains(err.Error(), words) || users != nil {
			t.Errorf("%.80s: got %v, want %q", text, err, words)
		}
		if err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), hash)) {
			t.Errorf("%.80s: told is %v", text, err)
		}
	}
}

func TestAChallengeIsOneThatPhonesUnderstand(t *testing.T) {
	c := digest.Challenge{Realm: realm, Nonce: "n-1"}
	if got, want := c.Value(digest.MD5), `Digest realm="calls.example", nonce="n-1", algorithm=MD5, qop="auth"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	c.Stale = true
	if got, want := c.Value(digest.SHA256), `Digest realm="calls.example", nonce="n-1", algorithm=SHA-256, qop="auth", stale=true`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
