package emulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/gobwas/ws"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// startFacts runs testdata/facts.yaml and makes the API of that name the first one.
func startFacts(t *testing.T, api string, options ...func(*emulator.Options)) *world {
	t.Helper()
	w := start(t, append(options, func(o *emulator.Options) { o.Template = "testdata/facts.yaml" })...)
	for i, a := range w.APIs {
		if a.Name == api {
			w.APIs[0], w.APIs[i] = w.APIs[i], w.APIs[0]
		}
	}
	return w
}

func withToken(d *ws.Dialer) {
	d.Header = ws.HandshakeHeaderHTTP{"X-Token": {"t"}, "User-Agent": {"test/1.0"}}
}

func TestAuthorizer(t *testing.T) {
	w := startFacts(t, "guarded")
	for _, tt := range []struct {
		name, query, token string
		want               int
	}{
		{"Allow on the methodArn opens", "do=allow", "t", 101},
		{"wildcards match", "do=wildcard", "t", 101},
		{"Deny is 403", "do=deny", "t", 403},
		{"a Deny beside an Allow wins", "do=both", "t", 403},
		{"no statement is an implicit deny", "do=implicit", "t", 403},
		{"an Allow of something else is an implicit deny", "do=elsewhere", "t", 403},
		{"the error Unauthorized is 401", "do=unauthorized", "t", 401},
		{"another error is 500", "do=error", "t", 500},
		{"a crash is 500", "do=exit", "t", 500},
		{"a bad shape is 500", "do=shape", "t", 500},
		{"no principalId is 500", "do=nobody", "t", 500},
		{"a nested context is 500", "do=nested", "t", 500},
		{"an answer over 8 KB is 500", "do=big", "t", 500},
		{"$connect may still refuse", "do=allow&status=409", "t", 409},
	} {
		run(t, tt.name, func(t *testing.T) {
			resp, body := (&world{w.Emulator, t, w.log}).handshake("/guarded?"+tt.query, "X-Token", tt.token)
			if resp.StatusCode != tt.want {
				t.Errorf("got %s %s, want %d", resp.Status, body, tt.want)
			}
		})
	}
	run(t, "a missing or empty identity source is 401 without a call", func(t *testing.T) {
		w.http("DELETE", "/_localdev/bill", "")
		for _, attempt := range [][2]string{{"do=allow", ""}, {"", "t"}, {"do=", "t"}} {
			resp, body := w.handshake("/guarded?"+attempt[0], "X-Token", attempt[1])
			if resp.StatusCode != 401 || !strings.Contains(body, `{"message":"Unauthorized"}`) {
				t.Errorf("%v: got %s %s", attempt, resp.Status, body)
			}
		}
		if n := w.bill()["invocations"].(map[string]any)["guard"]; n != 0.0 {
			t.Errorf("got %v calls of the authorizer", n)
		}
	})
	run(t, "its context is flat strings in all later events", func(t *testing.T) {
		c := w.dial("do=allow", withToken)
		c.do("act", map[string]any{"do": "event"})
		message := c.text()
		c.frame(ws.OpClose, true, nil)
		for kind, raw := range map[string]string{
			"CONNECT": w.kept(c.id, "CONNECT"), "MESSAGE": message, "DISCONNECT": w.kept(c.id, "DISCONNECT"),
		} {
			e := decode[struct {
				RequestContext struct{ Authorizer map[string]any }
			}](t, raw)
			got := e.RequestContext.Authorizer
			wantKeys(t, got, "principalId", "tenant", "seats", "beta", "event")
			if s := fmt.Sprintf("%q %q %q %q", got["principalId"], got["tenant"], got["seats"], got["beta"]); s != `"user-1" "t1" "8" "true"` {
				t.Errorf("%s: got %s", kind, s)
			}
		}
	})
	run(t, "its event has the headers of the connection itself", func(t *testing.T) {
		c := w.dial("do=allow", withToken)
		connect := decode[struct {
			RequestContext struct{ Authorizer struct{ Event string } }
		}](t, w.kept(c.id, "CONNECT"))
		e := decode[map[string]any](t, connect.RequestContext.Authorizer.Event)
		wantKeys(t, e, "type", "methodArn", "headers", "multiValueHeaders", "queryStringParameters",
			"multiValueQueryStringParameters", "stageVariables", "requestContext")
		arn := "arn:aws:execute-api:us-east-1:123456789012:" + w.APIs[0].ID + "/guarded/$connect"
		if e["type"] != "REQUEST" || e["methodArn"] != arn {
			t.Errorf("got %v %v, want REQUEST %s", e["type"], e["methodArn"], arn)
		}
		headers := e["headers"].(map[string]any)
		if got := fmt.Sprintf("%s %s %s", headers["Connection"], headers["Upgrade"], headers["content-length"]); got != "upgrade websocket 0" {
			t.Errorf("headers: got %s", got)
		}
		context := e["requestContext"].(map[string]any)
		wantForms(t, context)
		if _, ok := context["authorizer"]; ok || context["connectionId"] != c.id {
			t.Errorf("got %v", context)
		}
	})
}

func TestIAM(t *testing.T) {
	w := startFacts(t, "signed", func(o *emulator.Options) { o.Switches.Signed = true })
	sign := func(method, path, secret string) http.Header {
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+w.Addr+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
		credentials := aws.Credentials{AccessKeyID: "test", SecretAccessKey: secret}
		if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, empty, "execute-api", "us-east-1", time.Now()); err != nil {
			t.Fatal(err)
		}
		return r.Header
	}
	headers := func(h http.Header) []string {
		return []string{"Authorization", h.Get("Authorization"), "X-Amz-Date", h.Get("X-Amz-Date")}
	}
	run(t, "a signed handshake opens", func(t *testing.T) {
		if resp, body := w.handshake("/signed", headers(sign("GET", "/signed", "test"))...); resp.StatusCode != 101 {
			t.Errorf("got %s %s", resp.Status, body)
		}
	})
	run(t, "a presigned handshake opens", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+w.Addr+"/signed?room=a", nil)
		if err != nil {
			t.Fatal(err)
		}
		uri, _, err := v4.NewSigner().PresignHTTP(t.Context(), aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, r,
			"UNSIGNED-PAYLOAD", "execute-api", "us-east-1", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if resp, body := w.handshake(strings.TrimPrefix(uri, "http://"+w.Addr)); resp.StatusCode != 101 {
			t.Errorf("got %s %s", resp.Status, body)
		}
	})
	run(t, "unsigned or wrongly signed is 403", func(t *testing.T) {
		for name, h := range map[string][]string{"unsigned": nil, "wrong": headers(sign("GET", "/signed", "wrong"))} {
			if resp, body := w.handshake("/signed", h...); resp.StatusCode != 403 || !strings.Contains(body, `{"message":"Forbidden"}`) {
				t.Errorf("%s: got %s %s", name, resp.Status, body)
			}
		}
	})
	run(t, "requests to @connections must be signed when switched so", func(t *testing.T) {
		const path = "/signed/@connections/R1kmxc2VNjMCFIA="
		if resp, _ := w.http("GET", path, ""); resp.StatusCode != 403 {
			t.Errorf("unsigned: got %s, want 403", resp.Status)
		}
		if resp, _ := w.http("GET", path, "", headers(sign("GET", path, "test"))...); resp.StatusCode != 410 {
			t.Errorf("signed: got %s, want 410", resp.Status)
		}
	})
	run(t, "how to sign is in the log", func(t *testing.T) {
		if !strings.Contains(w.log.String(), "access key test and secret key test") {
			t.Error("it is not")
		}
	})
}
