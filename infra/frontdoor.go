package infra

import (
	_ "embed"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/jsii-runtime-go"
)

// frontDoorCode is the CloudFront Function; template.yaml has the same text, in which SAM puts the
// stage.
//
//go:embed frontdoor.js
var frontDoorCode string

// addFrontDoor puts a CloudFront distribution before the API, which has one path and no HTTP.
func (s *Signaling) addFrontDoor() {
	stack := awscdk.Stack_Of(s.Construct)
	api := *s.API.ApiId()
	comment := jsii.String("Front door of " + api)
	code := strings.ReplaceAll(frontDoorCode, "${StageName}", s.props.Stage)
	function := awscloudfront.NewFunction(s.Construct, jsii.String("FrontDoorFunction"), &awscloudfront.FunctionProps{
		FunctionName: jsii.String(api + "-front-door"), // CloudFront's names are those of all regions
		Comment:      comment,
		Runtime:      awscloudfront.FunctionRuntime_JS_2_0(),
		Code:         awscloudfront.FunctionCode_FromInline(&code),
	})
	host := api + ".execute-api." + *stack.Region() + "." + *stack.UrlSuffix()
	origin := awscloudfrontorigins.NewHttpOrigin(&host, &awscloudfrontorigins.HttpOriginProps{
		OriginId: jsii.String("api"), ProtocolPolicy: awscloudfront.OriginProtocolPolicy_HTTPS_ONLY,
	})
	behaviour := &awscloudfront.BehaviorOptions{
		Origin:               origin,
		ViewerProtocolPolicy: awscloudfront.ViewerProtocolPolicy_REDIRECT_TO_HTTPS,
		AllowedMethods:       awscloudfront.AllowedMethods_ALLOW_GET_HEAD_OPTIONS(),
		Compress:             jsii.Bool(false),
		CachePolicy:          awscloudfront.CachePolicy_CACHING_DISABLED(),
		// The API knows its own name only.
		OriginRequestPolicy: awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(),
		FunctionAssociations: &[]*awscloudfront.FunctionAssociation{{
			EventType: awscloudfront.FunctionEventType_VIEWER_REQUEST, Function: function,
		}},
	}
	props := &awscloudfront.DistributionProps{
		Comment:         comment,
		HttpVersion:     awscloudfront.HttpVersion_HTTP2,
		PriceClass:      awscloudfront.PriceClass_PRICE_CLASS_ALL, // the nearest edge; messages are too small to save on
		DefaultBehavior: behaviour,
	}
	s.FrontDoor = awscloudfront.NewDistribution(s.Construct, jsii.String("FrontDoorDistribution"), props)
	s.FrontDoorURL = "wss://" + *s.FrontDoor.DistributionDomainName()
}
