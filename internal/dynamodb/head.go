package dynamodb

import (
	"context"
	"net/http"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// head is what all attempts of a call say, among it which event of the function they are for.
func (c *call) head(ctx context.Context) (http.Header, error) {
	header := http.Header{
		"Accept-Encoding": {"identity"}, // what is checked is what comes
		"Content-Type":    {"application/x-amz-json-1.0"},
		"User-Agent":      {c.client.agent},
		"X-Amz-Target":    {"DynamoDB_20120810." + c.operation},
	}
	if !c.options.Untraced {
		if err := build(ctx, &awsmiddleware.RecursionDetection{}, header); err != nil {
			return nil, err
		}
	}
	return header, build(ctx, &awsmiddleware.ClientRequestID{}, header)
}

// agent is how the SDK calls itself.
func agent() string {
	header := http.Header{}
	if err := build(context.Background(), awsmiddleware.NewRequestUserAgent(), header); err != nil {
		return "parley"
	}
	return header.Get("User-Agent")
}

// build has a part of the SDK write into a header.
func build(ctx context.Context, part middleware.BuildMiddleware, header http.Header) error {
	in := middleware.BuildInput{Request: &smithyhttp.Request{Request: &http.Request{Header: header}}}
	_, _, err := part.HandleBuild(ctx, in, built)
	return err
}

var built middleware.BuildHandlerFunc = func(context.Context, middleware.BuildInput) (
	out middleware.BuildOutput, metadata middleware.Metadata, err error,
) {
	return out, metadata, nil
}
