package main

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/sip/digest"
)

// knows fails the test unless what was printed are users of whom one has that password.
func knows(t *testing.T, printed, domain, name, password string) {
	t.Helper()
	users, err := digest.ParseUsers(printed, domain)
	if err != nil || len(users) != 1 {
		t.Fatalf("printed is %s: %v", printed, err)
	}
	for _, a := range users.Algorithms() {
		c := digest.Credentials{Username: name, Realm: domain, Nonce: "n", URI: "sip:" + domain, Algorithm: a, CNonce: "c", NC: "00000001"}
		c.Response = digest.Response(c, digest.HA1(a, name, domain, password), "REGISTER")
		if !users.Check(c, "REGISTER") {
			t.Errorf("%s has not the password %q by %s", name, password, a)
		}
	}
	if len(users.Algorithms()) != 2 || strings.Contains(printed, password) {
		t.Errorf("printed is %s", printed)
	}
}

func TestAUserOfSIPIsMadeOfAPassword(t *testing.T) {
	t.Setenv("SIP_DOMAIN", "calls.example")
	for given, want := range map[string]string{"a s3cret": "a s3cret", "a s3cret\n": "a s3cret", "a s3cret\r\nmore": "a s3cret", "päß": "päß"} {
		for _, domain := range []string{"", "Other.Example"} {
			args := []string{"sip", "user", "alice&co", "--password-stdin"}
			if domain != "" {
				args = append(args, "--domain", domain)
			} else {
				domain = "calls.example"
			}
			var out, complaints bytes.Buffer
			if code := run(t.Context(), args, strings.NewReader(given), &out, &complaints); code != 0 || complaints.Len() > 0 {
				t.Errorf("%q: got %d and %s", given, code, complaints.String())
			}
			knows(t, out.String(), strings.ToLower(domain), "alice&co", want)
		}
	}
}

func TestAUserOfSIPGetsAPassword(t *testing.T) {
	code, out, complaints := parley(t, "sip", "user", "alice", "--domain", "calls.example", "--generate")
	found := regexp.MustCompile(`^The password of alice, which is kept nowhere: ([A-Z2-7]{26})\n$`).FindStringSubmatch(complaints)
	if code != 0 || found == nil {
		t.Fatalf("got %d and %s", code, complaints)
	}
	knows(t, out, "calls.example", "alice", found[1])
	code, out, complaints = parley(t, "sip", "user", "alice", "--domain", "calls.example", "--generate", "--json")
	var made struct{ Name, Domain, Entry, Password string }
	if err := json.Unmarshal([]byte(out), &made); code != 0 || err != nil || complaints != "" || made.Name != "alice" || made.Domain != "calls.example" ||
		made.Entry != digest.Entry("alice", "calls.example", made.Password) || made.Password == found[1] {
		t.Errorf("got %d, %s%s", code, out, complaints)
	}
}

func TestWhatMakesNoUserOfSIP(t *testing.T) {
	t.Setenv("SIP_DOMAIN", "")
	for _, tt := range []struct {
		args []string
		in   string
		want string
	}{
		{[]string{"user"}, "", "usage: parley sip user NAME"},
		{[]string{"usr"}, "", `no command "usr"`},
		{[]string{"user", "alice"}, "", "want --domain"},
		{[]string{"user", "alice", "--domain", "sip:calls.example"}, "", "want --domain"},
		{[]string{"user", "alice@calls.example", "--domain", "calls.example"}, "", "before the @"},
		{[]string{"user", "alice", "--domain", "calls.example", "--password-stdin", "--generate"}, "", "want one of them"},
		{[]string{"user", "alice", "--domain", "calls.example", "--password-stdin"}, "", "want a password"},
		{[]string{"user", "alice", "--domain", "calls.example", "--password-stdin"}, strings.Repeat("s3cret", 30), "want a password"},
		{[]string{"user", "alice", "--domain", "calls.example"}, "s3cret", "no terminal"},
		{[]string{"user", "alice", "--domain", "calls.example", "--password", "s3cret"}, "", "unknown flag"},
	} {
		var out, complaints bytes.Buffer
		code := run(t.Context(), append([]string{"sip"}, tt.args...), strings.NewReader(tt.in), &out, &complaints)
		if code != exitUsage || !strings.Contains(complaints.String(), tt.want) || strings.Contains(out.String()+complaints.String(), "s3cret") {
			t.Errorf("%v: got %d and %s%s, want %q", tt.args, code, out.String(), complaints.String(), tt.want)
		}
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	var complaints bytes.Buffer
	if code := run(t.Context(), []string{"sip", "user", "a", "--domain", "b"}, null, &complaints, &complaints); code != exitUsage {
		t.Errorf("got %d and %s", code, complaints.String())
	}
}
