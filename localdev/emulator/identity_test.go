package emulator_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/gobwas/ws"

	"github.com/parley-rtc/parley/localdev/emulator"
)

const identities = `
- {accessKey: alice, secretKey: a, userArn: "arn:aws:iam::123456789012:user/alice"}
- {accessKey: bob, secretKey: b, userArn: "arn:aws:sts::210987654321:assumed-role/Admin/bob"}
- accessKey: carol
  secretKey: c
  cognitoIdentityId: us-east-1:1
  cognitoIdentityPoolId: us-east-1:2
  cognitoAuthenticationProvider: cognito-idp.us-east-1.amazonaws.com/p,cognito-idp.us-east-1.amazonaws.com/p:CognitoSignIn:3
  cognitoAmr: '["authenticated"]'
`

// dialAs connects with a presigned URL.
func (w *world) dialAs(t *testing.T, accessKey, secretKey string) *client {
	t.Helper()
	to, err := url.Parse(w.APIs[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+to.Host+to.Path, nil)
	if err != nil {
		t.Fatal(err)
	}
	credentials := aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey, SessionToken: "session"}
	signed, _, err := v4.NewSigner().PresignHTTP(t.Context(), credentials, r, "UNSIGNED-PAYLOAD",
		"execute-api", "us-east-1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(signed, "?")
	return (&world{w.Emulator, t, w.log}).dial(query)
}

func TestIdentity(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.yaml")
	if err := os.WriteFile(path, []byte(identities), 0o600); err != nil {
		t.Fatal(err)
	}
	w := startFacts(t, "signed", func(o *emulator.Options) { o.Identities = path })
	identity := func(t *testing.T, event string) map[string]string {
		t.Helper()
		return decode[struct {
			RequestContext struct{ Identity map[string]string }
		}](t, event).RequestContext.Identity
	}
	const common = "sourceIp userAgent accessKey accountId caller user userArn"
	for _, tt := range []struct{ name, key, secret, keys, want string }{
		{
			"a user of IAM", "alice", "a", common,
			"alice 123456789012 AIDA arn:aws:iam::123456789012:user/alice",
		},
		{
			"a session of a role", "bob", "b", common,
			"bob 210987654321 AROA arn:aws:sts::210987654321:assumed-role/Admin/bob",
		},
		{
			"an identity of Cognito", "carol", "c", common + " cognitoIdentityId cognitoIdentityPoolId cognitoAuthenticationType " +
				"cognitoAuthenticationProvider cognitoAmr",
			"carol 123456789012 AROA arn:aws:sts::123456789012:assumed-role/CognitoAuthRole/CognitoIdentityCredentials",
		},
		{"the key that is always there", "test", "test", common, "test 123456789012 AIDA arn:aws:iam::123456789012:user/test"},
	} {
		run(t, tt.name, func(t *testing.T) {
			c := w.dialAs(t, tt.key, tt.secret)
			c.send("a message")
			events := map[string]string{"CONNECT": w.kept(c.id, "CONNECT"), "MESSAGE": w.kept(c.id, "MESSAGE")}
			c.send(`{"action":"who"}`)
			if got := c.text(); !strings.HasSuffix(tt.want, " "+got) {
				t.Errorf("$context.identity.userArn: got %s", got)
			}
			_, body := w.http("GET", "/signed/@connections/"+c.id, "")
			wantKeys(t, decode[struct{ Identity map[string]any }](t, body).Identity, "sourceIp", "userAgent")
			c.frame(ws.OpClose, true, nil)
			events["DISCONNECT"] = w.kept(c.id, "DISCONNECT")
			for kind, event := range events {
				got := identity(t, event)
				all := map[string]any{}
				for name, value := range got {
					all[name] = value
				}
				wantKeys(t, all, strings.Fields(tt.keys)...)
				s := fmt.Sprintf("%s %s %.4s %s", got["accessKey"], got["accountId"], got["caller"], got["userArn"])
				if s != tt.want || got["user"] != got["caller"] {
					t.Errorf("%s: got %s, want %s", kind, s, tt.want)
				}
			}
			if got := identity(t, events["MESSAGE"]); tt.key == "carol" && (got["cognitoIdentityId"] != "us-east-1:1" ||
				got["cognitoAuthenticationType"] != "authenticated" || got["cognitoAmr"] != `["authenticated"]`) {
				t.Errorf("got %v", got)
			}
		})
	}
	run(t, "a function's own keys are a session of its role", func(t *testing.T) {
		guarded := startFacts(t, "guarded")
		c := guarded.dial("do=allow", withToken)
		c.do("act", map[string]any{"do": "environment"})
		env := map[string]string{}
		for _, v := range decode[[]string](t, c.text()) {
			name, value, _ := strings.Cut(v, "=")
			env[name] = value
		}
		for i, a := range guarded.APIs {
			if a.Name == "signed" {
				guarded.APIs[0] = guarded.APIs[i]
			}
		}
		c = guarded.dialAs(t, env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])
		got := identity(t, guarded.kept(c.id, "CONNECT"))
		function := env["AWS_LAMBDA_FUNCTION_NAME"]
		if !strings.HasPrefix(got["userArn"], "arn:aws:sts::123456789012:assumed-role/") ||
			!strings.HasSuffix(got["userArn"], "ActorRole/"+function) || !strings.HasPrefix(got["caller"], "AROA") ||
			!strings.HasSuffix(got["caller"], ":"+function) || got["accessKey"] != env["AWS_ACCESS_KEY_ID"] {
			t.Errorf("got %v", got)
		}
	})
	run(t, "an unknown key is told which there are", func(t *testing.T) {
		const query = "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-SignedHeaders=host&X-Amz-Signature=0&X-Amz-Credential=dave/"
		at := time.Now().UTC()
		scope := at.Format("20060102") + "/us-east-1/execute-api/aws4_request"
		resp, _ := w.handshake("/signed" + query + scope + "&X-Amz-Date=" + at.Format("20060102T150405Z"))
		if resp.StatusCode != 403 {
			t.Errorf("got %s, want 403", resp.Status)
		}
		for _, part := range []string{"dave", "access key test and secret key test", "alice, bob, carol"} {
			if !strings.Contains(w.log.String(), part) {
				t.Errorf("the log has no %s", part)
			}
		}
	})
}

func TestIdentitiesThatAreWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.yaml")
	if err := os.WriteFile(path, []byte("- accessKey: a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := emulator.Start(t.Context(), emulator.Options{Template: "testdata/facts.yaml", Identities: path})
	if err == nil || !strings.Contains(err.Error(), "users.yaml:1: want an accessKey and a secretKey") {
		t.Errorf("got %v", err)
	}
}
