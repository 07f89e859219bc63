package digest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/sip/digest"
)

// The examples of the RFCs. Their users belong to realms of their own.
const (
	rfc2617 = `Digest username="Mufasa",
                 realm="testrealm@host.com",
                 nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
                 uri="/dir/index.html",
                 qop=auth,
                 nc=00000001,
                 cnonce="0a4f113b",
                 response="6629fae49393a05397450978507c4ef1",
                 opaque="5ccc069c403ebaf9f0171e9517f40e41"`
	rfc7616 = `Digest username="Mufasa",
       realm="http-auth@example.org",
       uri="/dir/index.html",
       algorithm=ALGORITHM,
       nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
       nc=00000001,
       cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
       qop=auth,
       response="RESPONSE",
       opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
	md5Response    = "8ca523f5e9506fed4657c9700eebdbec"
	sha256Response = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
)

// onOneLine is a value as it is when a header field has been unfolded.
func onOneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func example7616(algorithm, response string) string {
	return onOneLine(strings.NewReplacer("ALGORITHM", algorithm, "RESPONSE", response).Replace(rfc7616))
}

func TestTheExamplesOfTheRFCsAreRight(t *testing.T) {
	for name, tt := range map[string]struct{ value, password string }{
		"RFC 2617, 3.5":            {onOneLine(rfc2617), "Circle Of Life"},
		"RFC 7616, 3.9.1, MD5":     {example7616("MD5", md5Response), "Circle of Life"},
		"RFC 7616, 3.9.1, SHA-256": {example7616("SHA-256", sha256Response), "Circle of Life"},
	} {
		c, err := digest.Parse(tt.value)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		entry := digest.Entry("Mufasa", c.Realm, tt.password)
		hashed, err := digest.ParseUsers(`{"Mufasa":"`+entry+`"}`, c.Realm)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for kind, users := range map[string]digest.Users{
			"a password": {"Mufasa": {Password: tt.password}}, "hashes": hashed,
		} {
			if !users.Check(c, "GET") {
				t.Errorf("%s: wrong by %s", name, kind)
			}
			if users.Check(c, "POST") {
				t.Errorf("%s: right by %s for another method", name, kind)
			}
		}
		if (digest.Users{"Mufasa": {Password: "Circle of life"}}).Check(c, "GET") {
			t.Errorf("%s: right with a wrong password", name)
		}
		if (digest.Users{"mufasa": {Password: tt.password}}).Check(c, "GET") {
			t.Errorf("%s: right for somebody else", name)
		}
	}
}

// TestEachPartOfTheCredentialsCounts changes one at a time.
func TestEachPartOfTheCredentialsCounts(t *testing.T) {
	users := digest.Users{"Mufasa": {Password: "Circle of Life"}}
	right := example7616("SHA-256", sha256Response)
	for _, change := range [][2]string{
		{`realm="http-auth@example.org"`, `realm="http-auth@example.com"`},
		{`uri="/dir/index.html"`, `uri="/dir/index.htm"`},
		{`nonce="7ypf`, `nonce="7ypg`},
		{`nc=00000001`, `nc=00000002`},
		{`cnonce="f2`, `cnonce="f3`},
		{`response="75`, `response="85`},
		{`response="7`, `response="`},
		{`algorithm=SHA-256`, `algorithm=MD5`},
		{`algorithm=SHA-256`, `algorithm=SHA-256-sess`},
		{`algorithm=SHA-256`, `algorithm=none`},
	} {
		c, err := digest.Parse(strings.Replace(right, change[0], change[1], 1))
		if err != nil || users.Check(c, "GET") {
			t.Errorf("%s: right, %v", change[1], err)
		}
	}
}

func TestCredentialsAreReadHoweverTheyAreWritten(t *testing.T) {
	want := digest.Credentials{
		Username: "alice", Realm: "example.org", Nonce: "n", URI: "sip:example.org", Response: "r",
		Algorithm: digest.MD5, CNonce: `a\"b,c`, NC: "0000000a", Count: 10,
	}
	for _, value := range []string{
		`Digest algorithm=MD5, username="alice", realm="example.org", nonce="n", uri="sip:example.org", response="r", qop=auth, cnonce="a\"b,c", nc=0000000a`,
		`digest NC=0000000a,CNonce="a\"b,c",QOP="auth",response="r",uri="sip:example.org",nonce="n",realm="example.org",USERNAME="alice"`,
		` DIGEST  , username = "alice" ,, realm="example.org" , nonce=n, uri="sip:example.org", response="r", qop=Auth, cnonce="a\"b,c", nc="0000000a", algorithm="md5", opaque="", x=y,`,
	} {
		if got, err := digest.Parse(value); err != nil || got != want {
			t.Errorf("%s\n got %+v, %v\nwant %+v", value, got, err, want)
		}
	}
}

func TestOtherSchemesAreNone(t *testing.T) {
	for _, value := range []string{"", "Basic YTpi", "Bearer abc", "DigestX a=b", `"Digest" a=b`} {
		if _, err := digest.Parse(value); !errors.Is(err, digest.ErrScheme) {
			t.Errorf("%q: got %v", value, err)
		}
	}
}

func TestWhatIsWrongWithCredentialsIsSaid(t *testing.T) {
	const right = `Digest username="alice", realm="example.org", nonce="n", uri="sip:example.org", response="r", cnonce="c", nc=00000001, qop=auth`
	if _, err := digest.Parse(right); err != nil {
		t.Fatal(err)
	}
	without := func(part string) string { return strings.Replace(right, part, `x="y"`, 1) }
	for value, words := range map[string]string{
		"Digest":                                         "no username",
		"Digest ,,":                                      "no username",
		without(`username="alice"`):                      "no username",
		without(`realm="example.org"`):                   "no realm",
		without(`nonce="n"`):                             "no nonce",
		without(`uri="sip:example.org"`):                 "no uri",
		without(`response="r"`):                          "no response",
		without(`cnonce="c"`):                            "no cnonce",
		without(`nc=00000001`):                           "no nc",
		without(`qop=auth`):                              "no qop",
		right + `-int`:                                   "another qop",
		strings.Replace(right, "00000001", "1", 1):       "8 hexadecimal digits",
		strings.Replace(right, "0000000", "+000000", 1):  "8 hexadecimal digits",
		right + `, realm="b"`:                            "twice",
		right + `, Realm="b"`:                            "twice",
		right + `, x`:                                    "no list",
		right + `, ="x"`:                                 "no list",
		right + `, x y=z`:                                "no list",
		right + `, x="y`:                                 "no end",
		right + `, x="y\"`:                               "no end",
		right + `, x="y" z`:                              "no end",
		right + `, x=y z`:                                "no end",
		right + `, x=y"`:                                 "no end",
		right + `, x="` + strings.Repeat("y", 513) + `"`: "a parameter of the credentials is too long",
		right + `, x="` + strings.Repeat(`y", x="`, 1000) + `"`: "too long",
	} {
		_, err := digest.Parse(value)
		if e, is := errors.AsType[digest.Error](err); !is || !strings.Contains(string(e), words) {
			t.Errorf("%.200s: got %v, want %q", value, err, words)
		}
	}
}

// FuzzParse: whatever comes is refused, or says what it says once more.
func FuzzParse(f *testing.F) {
	for _, value := range []string{
		onOneLine(rfc2617), example7616("MD5", md5Response), "Digest", "Bearer x", `Digest a="\`, "Digest a=b,,c=d", `Digest username=""`,
	} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		c, err := digest.Parse(value)
		if err != nil {
			return
		}
		again := `Digest username="` + c.Username + `", realm="` + c.Realm + `", nonce="` + c.Nonce + `", uri="` + c.URI + `", response="` + c.Response +
			`", algorithm="` + string(c.Algorithm) + `", cnonce="` + c.CNonce + `", nc=` + c.NC + `, qop=auth`
		if got, err := digest.Parse(again); err != nil || got != c {
			t.Errorf("%q\nis      %+v\nand then %+v, %v", value, c, got, err)
		}
		digest.Users{"alice": {Password: "p"}}.Check(c, "REGISTER")
	})
}
