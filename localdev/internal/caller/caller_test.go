package caller_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/caller"
)

func load(t *testing.T, text string) ([]caller.Caller, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "who.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return caller.Load(path, "123456789012")
}

func TestWhatIsMadeUp(t *testing.T) {
	const key = "accessKey: k, secretKey: s"
	for text, want := range map[string]string{
		"[{" + key + "}]": `^"accessKey":"k","accountId":"123456789012","caller":"(AIDA[A-Z2-7]{17})","user":"AIDA[A-Z2-7]{17}",` +
			`"userArn":"arn:aws:iam::123456789012:user/k"$`,
		`[{"accessKey": "k", "secretKey": "s", "userArn": "arn:aws:sts::210987654321:assumed-role/Admin/me"}]`: `^"accessKey":"k",` +
			`"accountId":"210987654321","caller":"AROA[A-Z2-7]{17}:me","user":"AROA[A-Z2-7]{17}:me","userArn":"arn:aws:sts::210987654321:assumed-role/Admin/me"$`,
		"[{" + key + ", userArn: arn:aws:iam::210987654321:root}]": `"caller":"210987654321","user":"210987654321"`,
		"[{" + key + ", caller: c, user: u, accountId: a}]":        `"accountId":"a","caller":"c","user":"u","userArn":"arn:aws:iam::123456789012:user/k"$`,
		"[{" + key + ", cognitoIdentityId: us-east-1:1}]": `"caller":"AROA[A-Z2-7]{17}:CognitoIdentityCredentials",.*` +
			`"userArn":"arn:aws:sts::123456789012:assumed-role/CognitoAuthRole/CognitoIdentityCredentials",` +
			`"cognitoIdentityId":"us-east-1:1","cognitoAuthenticationType":"authenticated"$`,
		"[{" + key + ", cognitoIdentityId: i, cognitoAuthenticationType: unauthenticated}]": `assumed-role/CognitoUnauthRole/.*"unauthenticated"$`,
	} {
		all, err := load(t, text)
		if err != nil || len(all) != 1 || all[0].SecretKey != "s" {
			t.Errorf("%s: got %v, %v", text, all, err)
			continue
		}
		if got := string(all[0].Identity()); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"":                            ":1: want a list of identities",
		"a: b":                        ":1: want a list of identities",
		"- x":                         ":1: want an identity",
		"- accessKey: a":              ":1: want an accessKey and a secretKey",
		"- accessKey: a\n  secret: b": `:2: unknown field "secret": there are accessKey, accountId, `,
		"- accessKey: a\n  secretKey: b\n- accessKey: a\n  secretKey: c":   `:3: a second identity with the accessKey "a"`,
		"- accessKey: a\n  secretKey: b\n  secretKey: c":                   ":3: secretKey is there twice",
		"- accessKey: a\n  secretKey: [b]":                                 ":2: secretKey: want a text",
		"- secretKey: b\n  accessKey: a/b":                                 `:2: accessKey "a/b": want one without`,
		"- accessKey: a\n  secretKey: b\n  userArn: alice":                 `:3: userArn "alice": want one such as arn:aws:iam::123456789012:user/alice`,
		"- accessKey: a\n  secretKey: b\n  userArn: arn:aws:iam::1:role/x": ":3: userArn \"arn:aws:iam::1:role/x\": want user/NAME",
		"- [": "who.yaml: yaml: ",
	} {
		if _, err := load(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	if _, err := caller.Load(filepath.Join(t.TempDir(), "none"), "1"); err == nil || !strings.Contains(err.Error(), "identities: open ") {
		t.Errorf("got %v", err)
	}
}
