package app

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/parley-rtc/parley/internal/push"
	"github.com/parley-rtc/parley/internal/roots"
	"github.com/parley-rtc/parley/internal/transport"
)

// sdkConfig is what config.LoadDefaultConfig would find in a Lambda function, where credentials, region and endpoints are
// in the environment and nowhere else. The other places to look for them would double the time that a function takes to
// start.
func sdkConfig(env func(string) string, trusted *roots.Roots) aws.Config {
	return aws.Config{
		Region: env("AWS_REGION"),
		Credentials: credentials.NewStaticCredentialsProvider(
			env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY"), env("AWS_SESSION_TOKEN")),
		HTTPClient:    transport.Client{HTTP: awshttp.NewBuildableClient().WithTransportOptions(trusted.Use)},
		ConfigSources: []any{endpoints(env)},
		Retryer:       func() aws.Retryer { return retry.NewStandard(patient) },
	}
}

// patient is for requests that somebody waits for, in a function that has seconds: more tries than the SDK's three, and short
// random waits between them.
func patient(o *retry.StandardOptions) {
	o.MaxAttempts = 6
	o.MaxBackoff = 400 * time.Millisecond
}

// pusher pushes to the stage that the environment names.
func pusher(sdk aws.Config, trusted *roots.Roots, env func(string) string) *push.Client {
	endpoint, _, _ := endpoints(env).GetServiceBaseEndpoint(context.Background(), push.ServiceID)
	return push.New(push.Stage{
		Endpoint: endpoint, Region: sdk.Region, Credentials: sdk.Credentials, Trusted: trusted, Env: env,
		HTTP: sdk.HTTPClient, Retryer: sdk.Retryer,
	})
}

// endpoints finds the endpoint of a service that AWS_ENDPOINT_URL_{SERVICE} or AWS_ENDPOINT_URL sets.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
type endpoints func(string) string

// GetServiceBaseEndpoint is what the SDK's clients ask of the sources of their configuration.
func (env endpoints) GetServiceBaseEndpoint(_ context.Context, sdkID string) (string, bool, error) {
	name := strings.ToUpper(strings.ReplaceAll(sdkID, " ", "_"))
	for _, variable := range []string{"AWS_ENDPOINT_URL_" + name, "AWS_ENDPOINT_URL"} {
		if url := env(variable); url != "" {
			return url, true, nil
		}
	}
	return "", false, nil
}
