package app

import (
	"cmp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/parley-rtc/parley/internal/dynamodb"
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
		HTTPClient: transport.Client{HTTP: awshttp.NewBuildableClient().WithTransportOptions(trusted.Use)},
		Retryer:    func() aws.Retryer { return retry.NewStandard(patient) },
	}
}

// patient is for requests that somebody waits for, in a function that has seconds: more tries than the SDK's three, and short
// random waits between them.
func patient(o *retry.StandardOptions) {
	o.MaxAttempts = 6
	o.MaxBackoff = 400 * time.Millisecond
}

// database is a client of DynamoDB.
func database(sdk aws.Config, env func(string) string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Endpoint: configured(env, dynamodb.ServiceID), Region: sdk.Region, Credentials: sdk.Credentials,
		HTTPClient: sdk.HTTPClient, Retryer: sdk.Retryer(),
	})
}

// pusher pushes to the stage that the environment names.
func pusher(sdk aws.Config, trusted *roots.Roots, env func(string) string) *push.Client {
	return push.New(push.Stage{
		Endpoint: configured(env, push.ServiceID), Region: sdk.Region, Credentials: sdk.Credentials, Trusted: trusted, Env: env,
		HTTP: sdk.HTTPClient, Retryer: sdk.Retryer,
	})
}

// configured is the endpoint of a service that AWS_ENDPOINT_URL_{SERVICE} or AWS_ENDPOINT_URL sets, "" if none does.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func configured(env func(string) string, sdkID string) string {
	name := strings.ToUpper(strings.ReplaceAll(sdkID, " ", "_"))
	return cmp.Or(env("AWS_ENDPOINT_URL_"+name), env("AWS_ENDPOINT_URL"))
}
