package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// NewStack is a stack with nothing but the service, for localdev as well as for AWS.
func NewStack(scope constructs.Construct, settings Settings) (awscdk.Stack, *Signaling) {
	stack := awscdk.NewStack(scope, &settings.Stack, &awscdk.StackProps{
		Description: jsii.String("Parley, WebRTC signaling with no servers - WebSocket API, three functions, two tables."),
		Env:         &awscdk.Environment{Account: optional(settings.Account), Region: optional(settings.Region)},
	})
	for name, value := range settings.Tags {
		awscdk.Tags_Of(stack).Add(&name, &value, nil)
	}
	if settings.Unasked {
		askForAuth(stack)
	}
	// localdev builds without what goBuild leaves out, too.
	stack.AddMetadata(jsii.String("localdev"), map[string]any{"BuildTags": []string{"nethttpomithttp2"}})
	s := NewSignaling(stack, "Signaling", settings.Props)
	awscdk.NewCfnOutput(stack, jsii.String("Url"), &awscdk.CfnOutputProps{
		Value: &s.URL, Description: jsii.String("Where clients connect."),
	})
	if settings.FrontDoor {
		awscdk.NewCfnOutput(stack, jsii.String("FrontDoorUrl"), &awscdk.CfnOutputProps{
			Value: &s.FrontDoorURL, Description: jsii.String("Where clients connect that want a path of their own."),
		})
	}
	return stack, s
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// askForAuth: a stack whose settings do not say who may connect can be synthesised and run by localdev, where everybody
// may. CloudFormation does not deploy it before somebody has said that everybody may there, too.
func askForAuth(stack awscdk.Stack) {
	awscdk.Annotations_Of(stack).AddWarningV2(jsii.String("parley:auth"),
		jsii.String("auth is not set, so everybody may connect; to deploy, pass -c auth=jwt with authSecretParameter or authJwksUrl, or -c auth=none"))
	everybody := awscdk.NewCfnParameter(stack, jsii.String("EverybodyMayConnect"), &awscdk.CfnParameterProps{
		AllowedValues: jsii.Strings("yes"),
		Description:   jsii.String("The app was synthesised without auth. To deploy it as it is, so that everybody may connect, say yes."),
	})
	awscdk.NewCfnRule(stack, jsii.String("EverybodyMayConnectRule"), &awscdk.CfnRuleProps{Assertions: &[]*awscdk.CfnRuleAssertion{{
		Assert:            awscdk.Fn_ConditionEquals(everybody.ValueAsString(), jsii.String("yes")),
		AssertDescription: jsii.String("Set auth, or let everybody connect."),
	}}})
}
