package dynamo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Client sends localdev's own requests to a DynamoDB endpoint: signed, as plain JSON, past the proxy and the bill.
type Client struct {
	URL    string
	Region string
	HTTP   *http.Client
}

// streams is in front of an operation of the streams API.
const streams = "DynamoDBStreams_20120810."

// apiError is an answer of DynamoDB that says what is wrong.
type apiError struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

func (e *apiError) Error() string { return e.name() + ": " + e.Message }

// name is the type without its namespace, e.g. ResourceInUseException.
func (e *apiError) name() string { return e.Type[strings.LastIndexByte(e.Type, '#')+1:] }

// call runs an operation and decodes its answer into out, unless that is nil. It fails with an *apiError if DynamoDB
// refused.
func (c *Client) call(ctx context.Context, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	if !strings.Contains(operation, ".") {
		operation = "DynamoDB_20120810." + operation
	}
	req.Header.Set("X-Amz-Target", operation)
	hash := sha256.Sum256(body)
	credentials := aws.Credentials{AccessKeyID: "localdev", SecretAccessKey: "localdev"}
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(hash[:]), "dynamodb", c.Region, time.Now()); err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		refused := &apiError{}
		if json.Unmarshal(answer, refused) != nil || refused.Type == "" {
			return fmt.Errorf("%s: %s", resp.Status, answer)
		}
		return refused
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

func isType(err error, name string) bool {
	var refused *apiError
	return errors.As(err, &refused) && refused.name() == name
}
