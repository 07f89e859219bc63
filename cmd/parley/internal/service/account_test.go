package service

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

func TestConcurrencyOfTheAccount(t *testing.T) {
	for answer, want := range map[string]int{
		`{"AccountLimit":{"CodeSizeUnzipped":262144000,"ConcurrentExecutions":10,"UnreservedConcurrentExecutions":10},"AccountUsage":{"FunctionCount":3}}`: 10,
		`{"AccountLimit":{}}`:       0,
		`{"Message":"not allowed"}`: 0,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			signed := strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/lambda/aws4_request")
			if r.Method != http.MethodGet || r.URL.Path != "/2016-08-19/account-settings/" || !signed || strings.Contains(answer, "Message") {
				w.WriteHeader(http.StatusForbidden)
			}
			_, _ = w.Write([]byte(answer))
		}))
		s := &Service{aws: aws.Config{
			Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
		}}
		got, err := s.Concurrency(t.Context())
		server.Close()
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%s: got %d, %v", answer, got, err)
		}
	}
}
