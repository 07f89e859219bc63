package infra

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Who settles the heartbeats of other people's clients.
const (
	HeartbeatsLambda = "lambda" // functions/message, as it does everything
	HeartbeatsMock   = "mock"   // API Gateway itself, so that they cost no invocation
)

// The expressions by which API Gateway chooses the route of a message: of frames that are known by
// their action, and of others by their type as well. With the word between them a key says which of
// the two it comes from, so that no action is ever taken for a type: the ping of parley.v1 has the key
// pingonly. A word, as letters are what every tool takes in a route's key.
const (
	byAction        = "$request.body.action"
	byActionAndType = "${request.body.action}only${request.body.type}"
)

func (p Props) checkHeartbeats() error {
	if p.Heartbeats != HeartbeatsLambda && p.Heartbeats != HeartbeatsMock {
		return fmt.Errorf("heartbeats %q: want lambda or mock", p.Heartbeats)
	}
	return nil
}

// selection is the expression of the API.
func (p Props) selection() *string {
	if p.Heartbeats == HeartbeatsMock {
		return jsii.String(byActionAndType)
	}
	return jsii.String(byAction)
}

// addHeartbeats has API Gateway settle those of the protocols that are served.
func (s *Signaling) addHeartbeats() {
	if s.props.Heartbeats != HeartbeatsMock {
		return
	}
	if s.props.serves(DialectPeerJS) {
		s.addMock("Heartbeat", "onlyHEARTBEAT", "")
	}
	if s.props.serves(DialectYWebRTC) {
		s.addMock("Ping", "onlyping", `{"type":"pong"}`)
	}
}

// addMock has API Gateway answer the messages of a route, or take them without a word.
func (s *Signaling) addMock(id, key, answer string) {
	scope := constructs.NewConstruct(s.Construct, &id)
	static := jsii.String("200") // selects the template of that name
	integration := awsapigatewayv2.NewCfnIntegration(scope, jsii.String("Integration"), &awsapigatewayv2.CfnIntegrationProps{
		ApiId: s.API.ApiId(), IntegrationType: jsii.String("MOCK"),
		RequestTemplates: map[string]string{*static: `{"statusCode":200}`}, TemplateSelectionExpression: static,
	})
	props := &awsapigatewayv2.CfnRouteProps{
		ApiId: s.API.ApiId(), RouteKey: &key, AuthorizationType: jsii.String("NONE"),
		Target: jsii.String("integrations/" + *integration.Ref()),
	}
	if answer != "" {
		props.RouteResponseSelectionExpression = jsii.String("$default")
	}
	route := awsapigatewayv2.NewCfnRoute(scope, jsii.String("Route"), props)
	if answer == "" {
		return
	}
	awsapigatewayv2.NewCfnIntegrationResponse(scope, jsii.String("IntegrationResponse"), &awsapigatewayv2.CfnIntegrationResponseProps{
		ApiId: s.API.ApiId(), IntegrationId: integration.Ref(), IntegrationResponseKey: jsii.String("/200/"),
		ResponseTemplates: map[string]string{*static: answer}, TemplateSelectionExpression: static,
	})
	awsapigatewayv2.NewCfnRouteResponse(scope, jsii.String("RouteResponse"), &awsapigatewayv2.CfnRouteResponseProps{
		ApiId: s.API.ApiId(), RouteId: route.Ref(), RouteResponseKey: jsii.String("$default"),
	})
}
