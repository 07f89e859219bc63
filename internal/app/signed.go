package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// maxAnswer is how much of an answer is read; a parameter's value has at most 8 KB.
const maxAnswer = 64 << 10

// answer is what a service of AWS says.
type answer struct {
	code   int
	status string // the code and its text
	header http.Header
	body   []byte
}

// signed sends one POST to a service of AWS that the functions ask for one thing only. The SDK's client for it, with all
// that the service can do, would cost a function a third of the time that it takes to start. Endpoints are found as the
// SDK finds them.
func (a *App) signed(ctx context.Context, service, path string, header map[string]string, body []byte) (answer, error) {
	endpoint := configured(a.env, service)
	if endpoint == "" {
		endpoint = "https://" + service + "." + a.sdk.Region + ".amazonaws.com"
		if strings.HasPrefix(a.sdk.Region, "cn-") {
			endpoint += ".cn"
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(endpoint, "/")+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	credentials, err := a.sdk.Credentials.Retrieve(ctx)
	if err != nil {
		return answer{}, err
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(sum[:]), service, a.sdk.Region, time.Now()); err != nil {
		return answer{}, err
	}
	resp, err := a.sdk.HTTPClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return answer{resp.StatusCode, resp.Status, resp.Header, raw}, err
}
