// Command caller sends the request that its event describes to AWS, signed as its function, and returns the answer.
package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
)

type order struct {
	Service   string // e.g. dynamodb
	Host      string // its usual one if empty
	Region    string // to sign for, its own if empty
	Method    string
	Path      string
	Operation string // of DynamoDB
	Type      string // of an invocation
	Body      string
}

type answer struct {
	Status    int
	ErrorType string
	Body      string
}

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lambda.Start(func(ctx context.Context, o order) (answer, error) {
		base := fmt.Sprintf("https://%s.%s.amazonaws.com", o.Service, cfg.Region)
		if o.Service == "execute-api" {
			base = os.Getenv("ENDPOINT")
		}
		if o.Host != "" {
			base = "https://" + o.Host
		}
		req, err := http.NewRequestWithContext(ctx, o.Method, base+o.Path, strings.NewReader(o.Body))
		if err != nil {
			return answer{}, err
		}
		if o.Operation != "" {
			req.Header.Set("X-Amz-Target", "DynamoDB_20120810."+o.Operation)
			req.Header.Set("Content-Type", "application/x-amz-json-1.0")
		}
		if o.Type != "" {
			req.Header.Set("X-Amz-Invocation-Type", o.Type)
		}
		credentials, err := cfg.Credentials.Retrieve(ctx)
		if err != nil {
			return answer{}, err
		}
		sum := sha256.Sum256([]byte(o.Body))
		if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(sum[:]), o.Service, cmp.Or(o.Region, cfg.Region), time.Now()); err != nil {
			return answer{}, err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return answer{}, err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return answer{resp.StatusCode, resp.Header.Get("X-Amzn-ErrorType"), string(body)}, err
	})
}
