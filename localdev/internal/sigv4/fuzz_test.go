package sigv4_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/sigv4"
)

// FuzzVerify: nobody gets in without the secret, whatever the header and the query say.
func FuzzVerify(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=AK/20261101/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=00", "20261101T120000Z", "")
	f.Add("", "", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F20261101%2Fus-east-1%2Fexecute-api%2Faws4_request&X-Amz-Date=20261101T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=00")
	f.Add("AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=", "20261101T120000Z", "X-Amz-Expires=-1")
	v := sigv4.Verifier{
		Region: "us-east-1", Service: "execute-api", Now: func() time.Time { return now },
		Secret: func(string) (string, bool) { return "a secret that the fuzzer does not know", true },
	}
	f.Fuzz(func(t *testing.T, authorization, date, query string) {
		r := &http.Request{
			Method: http.MethodGet, Host: "127.0.0.1:3000", URL: &url.URL{Path: "/prod", RawQuery: query},
			Header: http.Header{"Authorization": {authorization}, "X-Amz-Date": {date}},
		}
		if _, err := v.Verify(r, hash("")); err == nil {
			t.Fatalf("let in: %q %q %q", authorization, date, query)
		}
	})
}
