package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// parameterTimeout is how long a function may wait for a secret while it starts.
const parameterTimeout = 5 * time.Second

// Secret returns the value itself if it is set, or that of the SSM parameter if one is named.
func (a *App) Secret(ctx context.Context, value, parameter string) (string, error) {
	if value != "" || parameter == "" {
		return value, nil
	}
	v, err := a.parameter(ctx, parameter)
	switch {
	case err != nil:
		return "", fmt.Errorf("read the parameter %s: %w", parameter, err)
	case v == "":
		return "", fmt.Errorf("the parameter %s is empty", parameter)
	}
	return v, nil
}

// parameter is one call of GetParameter. The SDK's client for it, with all that SSM can do, would cost a function a third
// of the time that it takes to start.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
func (a *App) parameter(ctx context.Context, name string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, parameterTimeout)
	defer cancel()
	endpoint, set, _ := endpoints(a.env).GetServiceBaseEndpoint(ctx, "SSM")
	if !set {
		endpoint = "https://ssm." + a.sdk.Region + ".amazonaws.com"
		if strings.HasPrefix(a.sdk.Region, "cn-") {
			endpoint += ".cn"
		}
	}
	body, err := json.Marshal(map[string]any{"Name": name, "WithDecryption": true})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AmazonSSM.GetParameter")
	credentials, err := a.sdk.Credentials.Retrieve(ctx)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(sum[:]), "ssm", a.sdk.Region, time.Now()); err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return "", err
	}
	var answer struct {
		Parameter struct{ Value string }
		Type      string `json:"__type"` // of an error
		Message   string
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return "", fmt.Errorf("SSM answers %s", resp.Status)
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("SSM answers %s: %s %s", resp.Status, answer.Type, answer.Message)
	}
	return answer.Parameter.Value, nil
}
