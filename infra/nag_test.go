package infra_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/parley-rtc/parley/infra"
)

// accepted are the findings of the AWS Solutions pack that stay, each with its reason.
var accepted = map[string]string{
	"AwsSolutions-IAM4":  "the one managed policy is that of API Gateway's own role for its logs, which AWS prescribes",
	"AwsSolutions-IAM5":  "@connections/* of this stage: a connection's ID is not known before it opens; X-Ray knows no resources",
	"AwsSolutions-APIG4": "who may connect is decided in functions/connect: an authorizer would be a second invocation for each handshake",
	"AwsSolutions-APIG1": "access logs cost a line for each message and are off unless asked for (accessLog)",
	"AwsSolutions-CFR1":  "calls come from everywhere: functions/connect decides who may",
	"AwsSolutions-CFR2":  "a firewall costs by the month, whether or not anybody calls",
	"AwsSolutions-CFR3":  "access logs would hold the addresses of people, and their tokens, which are in the query",
	"AwsSolutions-CFR4":  "under CloudFront's own name there is no choice of TLS versions",
	"AwsSolutions-DDB3":  "what is in the tables is worth nothing after two hours",
	"AwsSolutions-L1":    "provided.al2023 is the newest there is for Go",
	"AwsSolutions-SNS2":  "alarms hold no secrets",
	"AwsSolutions-SNS3":  "the topic does enforce TLS",
}

func TestTheAWSSolutionsPackFindsNothingElse(t *testing.T) {
	for name, more := range map[string]map[string]any{
		"by default":      {"auth": "none"},
		"with everything": {"metrics": "true", "alarms": "true", "alarmEmail": "a@example.org", "accessLog": "true", "xray": "true"},
	} {
		t.Run(name, func(t *testing.T) {
			context := map[string]any{}
			if name == "with everything" {
				maps.Copy(context, everything.cdk)
			}
			maps.Copy(context, more)
			app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(t.TempDir()), Context: &context})
			settings, err := infra.FromContext(app)
			if err != nil {
				t.Fatal(err)
			}
			settings.Assets = assets(t)
			stack, _ := infra.NewStack(app, settings)
			awscdk.Aspects_Of(stack).Add(cdknag.NewAwsSolutionsChecks(nil), nil)
			seen := assertions.Annotations_FromStack(stack)
			findings := 0
			for _, found := range append(*seen.FindError(jsii.String("*"), assertions.Match_AnyValue()), *seen.FindWarning(jsii.String("*"), assertions.Match_AnyValue())...) {
				text, _ := found.Entry.Data.(string) //nolint:staticcheck // what the assertions return has no newer form in Go
				rule := text[:strings.IndexAny(text+":", ":[")]
				findings++
				reason, ok := accepted[rule]
				if rule == "AwsSolutions-IAM5" {
					ok = strings.Contains(text, "/@connections/*]") || strings.Contains(text, "Resource::*]") && settings.XRay
				}
				if !ok {
					t.Errorf("%s: %s (%s)", *found.Id, text, reason) //nolint:staticcheck // likewise
				}
			}
			if findings == 0 {
				t.Error("the pack found nothing at all: does it run?")
			}
		})
	}
}
