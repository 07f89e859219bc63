package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Concurrency is how many functions the account may run at a time in this region. It needs lambda:GetAccountSettings. One
// request is no reason to link all of Lambda's client.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
func (s *Service) Concurrency(ctx context.Context) (int, error) {
	endpoint := "https://lambda." + s.aws.Region + ".amazonaws.com"
	switch {
	case s.aws.BaseEndpoint != nil:
		endpoint = strings.TrimSuffix(*s.aws.BaseEndpoint, "/")
	case strings.HasPrefix(s.aws.Region, "cn-"):
		endpoint += ".cn"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/2016-08-19/account-settings/", nil)
	if err != nil {
		return 0, err
	}
	credentials, err := s.aws.Credentials.Retrieve(ctx)
	if err != nil {
		return 0, err
	}
	nothing := sha256.Sum256(nil)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(nothing[:]), "lambda", s.aws.Region, time.Now()); err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var answer struct {
		AccountLimit struct{ ConcurrentExecutions *int }
	}
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("lambda answers %s to GetAccountSettings", resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return 0, fmt.Errorf("GetAccountSettings: %w", err)
	}
	if answer.AccountLimit.ConcurrentExecutions == nil {
		return 0, fmt.Errorf("GetAccountSettings tells no ConcurrentExecutions")
	}
	return aws.ToInt(answer.AccountLimit.ConcurrentExecutions), nil
}
