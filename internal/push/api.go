package push

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/encoding/httpbinding"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// ServiceID is what the SDK calls the API.
const ServiceID = "ApiGatewayManagementApi"

// api makes calls of @connections by the core of the SDK, which signs and repeats them. The SDK's own
// client of this API does the same with tables of all endpoints of AWS, which each start of a function
// would make ready, and which no stage is in.
type api struct {
	stage   Stage
	retryer aws.Retryer
	clock   *clock
}

// call is one of an operation of the API, of which the first attempt may have been made.
type call struct {
	operation, method, id string
	frame                 []byte
	made                  *attempt
}

func (a *api) do(ctx context.Context, c call) error {
	w := &witness{Retryer: a.retryer}
	stack := middleware.NewStack(c.operation, smithyhttp.NewStackRequest)
	err := errors.Join(
		stack.Serialize.Add(middleware.SerializeMiddlewareFunc("OperationSerializer", a.serializer(c)), middleware.After),
		awsmiddleware.AddClientRequestIDMiddleware(stack),
		awsmiddleware.AddRequestUserAgentMiddleware(stack),
		awsmiddleware.AddRecursionDetection(stack),
		stack.Finalize.Add(retry.NewAttemptMiddleware(w, smithyhttp.RequestCloner, func(r *retry.Attempt) {
			r.ClientSkew = &a.clock.ahead
		}), middleware.After),
		stack.Finalize.Add(&v4.ComputePayloadSHA256{}, middleware.After),
		stack.Finalize.Add(middleware.FinalizeMiddlewareFunc("Signing", a.sign), middleware.After),
		stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("OperationDeserializer", deserialize), middleware.After),
		awsmiddleware.AddRecordResponseTiming(stack),
		awsmiddleware.AddRequestIDRetrieverMiddleware(stack),
		awshttp.AddResponseErrorMiddleware(stack),
	)
	if err != nil {
		return err
	}
	client := a.stage.HTTP
	if c.made != nil && c.made.outcome == unclear {
		client = &replay{client, c.made}
	}
	handler := middleware.DecorateHandler(smithyhttp.NewClientHandlerWithOptions(client), stack)
	if _, _, err = handler.Handle(middleware.ClearStackValues(ctx), nil); err != nil {
		return w.explain(&smithy.OperationError{ServiceID: ServiceID, OperationName: c.operation, Err: err})
	}
	return nil
}

// serializer writes a call into a request.
func (a *api) serializer(c call) func(
	context.Context, middleware.SerializeInput, middleware.SerializeHandler,
) (middleware.SerializeOutput, middleware.Metadata, error) {
	return func(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (
		out middleware.SerializeOutput, metadata middleware.Metadata, err error,
	) {
		req, ok := in.Request.(*smithyhttp.Request)
		if !ok {
			return out, metadata, fmt.Errorf("unknown transport type %T", in.Request)
		}
		u, err := url.Parse(a.stage.Endpoint)
		if err != nil || u.Host == "" || c.id == "" || c.method == http.MethodPost && c.frame == nil {
			err = errors.Join(errors.New("want an endpoint, a connection, and a frame where one is posted"), err)
			return out, metadata, &smithy.SerializationError{Err: err}
		}
		const folder = "/@connections/"
		req.Method, req.URL.Scheme, req.URL.Host = c.method, u.Scheme, u.Host
		req.URL.Path = smithyhttp.JoinPath(u.Path, folder+c.id)
		req.URL.RawPath = smithyhttp.JoinPath(cmp.Or(u.RawPath, u.Path), folder+httpbinding.EscapePath(c.id, true))
		if c.frame != nil {
			req.Header.Set("Content-Type", "application/octet-stream")
			if in.Request, err = req.SetStream(bytes.NewReader(c.frame)); err != nil {
				return out, metadata, &smithy.SerializationError{Err: err}
			}
		}
		return next.HandleSerialize(ctx, in)
	}
}

// sign signs one attempt, and learns from its answer what time it is.
func (a *api) sign(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	req, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return out, metadata, fmt.Errorf("unknown transport type %T", in.Request)
	}
	credentials, err := a.stage.Credentials.Retrieve(ctx)
	if err != nil {
		return out, metadata, fmt.Errorf("get identity: get credentials: %w", err)
	}
	err = v4.NewSigner().SignHTTP(ctx, credentials, req.Request, v4.GetPayloadHash(ctx), service, a.stage.Region, a.clock.now())
	if err != nil {
		return out, metadata, fmt.Errorf("sign request: %w", err)
	}
	out, metadata, err = next.HandleFinalize(ctx, in)
	if ahead, ok := awsmiddleware.GetAttemptSkew(metadata); ok {
		a.clock.ahead.Store(int64(ahead))
	}
	return out, metadata, err
}
