package sigv4_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/parley-rtc/parley/localdev/internal/sigv4"
)

var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

const path = "http://127.0.0.1:3000/prod/%40connections/abc%3D?room=a%20b&x=1&room=%2B"

func hash(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// signed is a request as the AWS SDK signs it, and what arrives of it.
func signed(t *testing.T, presigned bool, credentials aws.Credentials, service, region string, at time.Time) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Two", "a  b")
	signer := v4.NewSigner()
	if !presigned {
		if err := signer.SignHTTP(t.Context(), credentials, r, hash("body"), service, region, at); err != nil {
			t.Fatal(err)
		}
	} else {
		uri, header, err := signer.PresignHTTP(t.Context(), credentials, r, hash("body"), service, region, at)
		if err != nil {
			t.Fatal(err)
		}
		if r, err = http.NewRequestWithContext(t.Context(), http.MethodGet, uri, nil); err != nil {
			t.Fatal(err)
		}
		r.Header = header
	}
	r.Host = r.URL.Host
	return r
}

func TestVerify(t *testing.T) {
	v := sigv4.Verifier{
		Region: "us-east-1", Service: "execute-api", Now: func() time.Time { return now },
		Secret: func(key string) (string, bool) { return "secret of " + key, key != "nobody" },
	}
	good := aws.Credentials{AccessKeyID: "AK", SecretAccessKey: "secret of AK"}
	for _, presigned := range []bool{false, true} {
		for _, tt := range []struct {
			name            string
			credentials     aws.Credentials
			service, region string
			at              time.Time
			change          func(*http.Request)
			want            error
		}{
			{name: "as the SDK signs"},
			{name: "with a session token", credentials: aws.Credentials{AccessKeyID: "AK", SecretAccessKey: "secret of AK", SessionToken: "a/b=="}},
			{name: "another secret", credentials: aws.Credentials{AccessKeyID: "AK", SecretAccessKey: "x"}, want: sigv4.ErrMismatch},
			{name: "an unknown key", credentials: aws.Credentials{AccessKeyID: "nobody", SecretAccessKey: "x"}, want: sigv4.ErrKey},
			{name: "another service", service: "s3", want: sigv4.ErrScope},
			{name: "another region", region: "eu-west-1", want: sigv4.ErrScope},
			{name: "too old", at: now.Add(-time.Hour), want: sigv4.ErrExpired},
			{name: "of the future", at: now.Add(time.Hour), want: sigv4.ErrExpired},
			{name: "another host", change: func(r *http.Request) { r.Host = "evil" }, want: sigv4.ErrMismatch},
			{name: "another query", change: func(r *http.Request) { r.URL.RawQuery += "&y=2" }, want: sigv4.ErrMismatch},
			{name: "a slash twice, which counts as one", change: func(r *http.Request) {
				r.URL.Path, r.URL.RawPath = "/"+r.URL.Path, strings.Replace(r.URL.RawPath, "/", "//", 1)
			}},
			{name: "at another path inside of localdev", change: func(r *http.Request) {
				r.RequestURI = r.URL.RequestURI()
				r.URL.Path, r.URL.RawPath = "/api"+r.URL.Path, ""
			}},
			{name: "another path", change: func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/prod", "" }, want: sigv4.ErrMismatch},
		} {
			kind := map[bool]string{false: "header, ", true: "query, "}[presigned]
			t.Run(kind+tt.name, func(t *testing.T) {
				credentials, service, region, at := tt.credentials, tt.service, tt.region, tt.at
				if credentials.AccessKeyID == "" {
					credentials = good
				}
				if service == "" {
					service = "execute-api"
				}
				if region == "" {
					region = "us-east-1"
				}
				if at.IsZero() {
					at = now.Add(-time.Minute)
				}
				r := signed(t, presigned, credentials, service, region, at)
				if tt.change != nil {
					tt.change(r)
				}
				if _, err := v.Verify(r, hash("body")); !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
			})
		}
	}
	t.Run("another body", func(t *testing.T) {
		if _, err := v.Verify(signed(t, false, good, "execute-api", "us-east-1", now), hash("other")); !errors.Is(err, sigv4.ErrMismatch) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("none", func(t *testing.T) {
		r := &http.Request{Header: http.Header{}, URL: signed(t, false, good, "execute-api", "us-east-1", now).URL}
		if _, err := v.Verify(r, ""); !errors.Is(err, sigv4.ErrMissing) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nonsense", func(t *testing.T) {
		for _, header := range []string{"", "Credential=", "Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=x"} {
			r := signed(t, false, good, "execute-api", "us-east-1", now)
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 "+header)
			if _, err := v.Verify(r, ""); err == nil || strings.Contains(err.Error(), "panic") {
				t.Errorf("%q: got %v", header, err)
			}
		}
	})
}
