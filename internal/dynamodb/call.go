package dynamodb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// call is one of an operation, with all its attempts. It is the parts of the SDK one in the other
// without the stack that clients of the SDK order them in for each call.
type call struct {
	client    *Client
	options   Options
	operation string

	header http.Header // of each attempt, before it is signed
	body   []byte
	hash   string // of the body
	out    *Output
}

func (c *call) do(ctx context.Context, in input) (*Output, error) {
	if c.client.wrong != nil {
		return nil, c.client.wrong
	}
	body, err := encode(in)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	c.body, c.hash = body, hex.EncodeToString(sum[:])
	ctx = middleware.ClearStackValues(ctx)
	if c.header, err = c.head(ctx); err != nil {
		return nil, err
	}
	attempts := retry.NewAttemptMiddleware(c.options.Retryer, c.attempt, func(a *retry.Attempt) {
		a.ClientSkew = &c.client.ahead
	})
	_, metadata, err := attempts.HandleFinalize(ctx, middleware.FinalizeInput{}, c)
	if err != nil {
		return nil, err
	}
	c.out.ResultMetadata = metadata
	return c.out, nil
}

// attempt is the SDK's way to ask for another request: one of its own for each attempt.
func (c *call) attempt(any) any {
	u := *c.client.endpoint
	return &smithyhttp.Request{Request: &http.Request{
		Method:        http.MethodPost,
		URL:           &u,
		Header:        c.header.Clone(),
		Body:          io.NopCloser(bytes.NewReader(c.body)),
		ContentLength: int64(len(c.body)),
	}}
}

// HandleFinalize is one attempt: it is signed and sent, and its answer read.
func (c *call) HandleFinalize(ctx context.Context, in middleware.FinalizeInput) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	req, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return out, metadata, fmt.Errorf("unknown transport type %T", in.Request)
	}
	if err := c.sign(ctx, req.Request); err != nil {
		return out, metadata, err
	}
	sent, metadata, err := awsmiddleware.RecordResponseTiming{}.HandleDeserialize(
		ctx, middleware.DeserializeInput{Request: req.WithContext(ctx)}, middleware.DeserializeHandlerFunc(c.send))
	if ahead, ok := awsmiddleware.GetAttemptSkew(metadata); ok {
		c.client.ahead.Store(int64(ahead))
	}
	answer, ok := sent.RawResponse.(*smithyhttp.Response)
	if !ok {
		return out, metadata, err
	}
	if err == nil {
		err = c.read(answer.Response)
	}
	if err != nil {
		err = &awshttp.ResponseError{
			ResponseError: &smithyhttp.ResponseError{Response: answer, Err: err},
			RequestID:     answer.Header.Get("X-Amzn-Requestid"),
		}
	}
	return out, metadata, err
}

func (c *call) sign(ctx context.Context, req *http.Request) error {
	if c.options.Credentials == nil {
		return errors.New("get identity: no credentials")
	}
	credentials, err := c.options.Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("get identity: get credentials: %w", err)
	}
	err = c.client.signer.SignHTTP(ctx, credentials, req, c.hash, service, c.options.Region, c.client.now())
	if err != nil {
		return fmt.Errorf("sign request: sign http: %w", err)
	}
	return nil
}

// send is what the SDK's handler does with a request. An attempt without an answer has an empty one.
func (c *call) send(ctx context.Context, in middleware.DeserializeInput) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	req, ok := in.Request.(*http.Request)
	if !ok {
		return out, metadata, fmt.Errorf("unknown transport type %T", in.Request)
	}
	resp, err := c.options.HTTPClient.Do(req) //nolint:bodyclose // read does that
	if resp == nil {
		resp = &http.Response{Header: http.Header{}, Body: http.NoBody}
	}
	if err != nil {
		err = &smithyhttp.RequestSendError{Err: err}
		if ctx.Err() != nil {
			err = &smithy.CanceledError{Err: ctx.Err()}
		}
	}
	out.RawResponse = &smithyhttp.Response{Response: resp}
	return out, metadata, err
}
