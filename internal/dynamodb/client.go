// Package dynamodb is the four operations of DynamoDB that functions need, by the core of the AWS SDK,
// which repeats them, signs them and keeps to the server's clock. The SDK's own client does the same
// with tables of all endpoints of AWS and with regular expressions, which each start of a function
// would make ready. What it makes of an answer, this package makes of it too; what it does besides is
// not here: endpoints of an account, of FIPS and of dual stack, which no configuration of a function
// sets, and what an answer says that nobody asks for.
package dynamodb

import (
	"context"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
)

// ServiceID is what the SDK calls the API.
const ServiceID = "DynamoDB"

// service is what it is called where requests to it are signed.
const service = "dynamodb"

// Options are a Client's, and may be others for one call. Endpoint and Region are the Client's alone.
type Options struct {
	Endpoint    string // AWS's own in the region if there is none
	Region      string
	Credentials aws.CredentialsProvider
	HTTPClient  aws.HTTPClient
	Retryer     aws.Retryer // the SDK's standard one if there is none
	Untraced    bool        // requests do not say which event of a function they are for
}

// Client makes calls of the API.
type Client struct {
	options  Options
	endpoint *url.URL
	wrong    error // with the endpoint
	signer   *v4.Signer
	agent    string
	ahead    atomic.Int64 // the server's clock, in nanoseconds, as far as an answer told
}

// New returns a Client. What is wrong with its options is said by each call.
func New(o Options) *Client {
	if o.Retryer == nil {
		o.Retryer = retry.NewStandard()
	}
	c := &Client{options: o, signer: v4.NewSigner(), agent: agent()}
	c.endpoint, c.wrong = endpoint(o.Endpoint, o.Region)
	return c
}

// GetItem returns the item in the Output's Attributes, which are nil where there is none.
func (c *Client) GetItem(ctx context.Context, in *GetItemInput, set ...func(*Options)) (*Output, error) {
	return c.do(ctx, "GetItem", in, set)
}

// PutItem returns no Attributes.
func (c *Client) PutItem(ctx context.Context, in *PutItemInput, set ...func(*Options)) (*Output, error) {
	return c.do(ctx, "PutItem", in, set)
}

// UpdateItem returns the Attributes that the input asks for.
func (c *Client) UpdateItem(ctx context.Context, in *UpdateItemInput, set ...func(*Options)) (*Output, error) {
	return c.do(ctx, "UpdateItem", in, set)
}

// DeleteItem returns the Attributes that the input asks for.
func (c *Client) DeleteItem(ctx context.Context, in *DeleteItemInput, set ...func(*Options)) (*Output, error) {
	return c.do(ctx, "DeleteItem", in, set)
}

func (c *Client) do(ctx context.Context, operation string, in input, set []func(*Options)) (*Output, error) {
	made := &call{client: c, options: c.options, operation: operation}
	for _, s := range set {
		s(&made.options)
	}
	out, err := made.do(ctx, in)
	if err != nil {
		return nil, &smithy.OperationError{ServiceID: ServiceID, OperationName: operation, Err: err}
	}
	return out, nil
}

// now is the server's time, by which requests are signed.
func (c *Client) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }
