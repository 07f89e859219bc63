package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53targets"
	"github.com/aws/jsii-runtime-go"
)

// accessLine is what is known of each handshake and message beside what the functions log. No address of a client is in it.
const accessLine = `{"requestId":"$context.requestId","connection":"$context.connectionId","route":"$context.routeKey",` +
	`"event":"$context.eventType","status":"$context.status","time":"$context.requestTimeEpoch","error":"$context.error.message",` +
	`"integration":"$context.integrationStatus","latency":"$context.integrationLatency"}`

func (s *Signaling) addStage() {
	props := &awsapigatewayv2.WebSocketStageProps{WebSocketApi: s.API, StageName: &s.props.Stage, AutoDeploy: jsii.Bool(true)}
	if s.props.ThrottleRate > 0 {
		props.Throttle = &awsapigatewayv2.ThrottleSettings{
			RateLimit: &s.props.ThrottleRate, BurstLimit: jsii.Number(s.props.ThrottleBurst),
		}
	}
	s.Stage = awsapigatewayv2.NewWebSocketStage(s.Construct, jsii.String("Stage"), props)
	if s.props.AccessLog {
		s.addAccessLog()
	}
}

func (s *Signaling) addAccessLog() {
	logs := awslogs.NewLogGroup(s.Construct, jsii.String("AccessLog"), &awslogs.LogGroupProps{
		Retention: retention(s.props.LogDays), RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	stage := s.Stage.Node().DefaultChild().(awsapigatewayv2.CfnStage)
	stage.SetAccessLogSettings(&awsapigatewayv2.CfnStage_AccessLogSettingsProperty{
		DestinationArn: logs.LogGroupArn(), Format: jsii.String(accessLine),
	})
	if s.props.NoAccountRole {
		return
	}
	// API Gateway logs by one role for the whole account and region. It stays when the stack goes: others may use it by then.
	// Only if the deployment that makes it fails, it goes with the rest.
	role := awsiam.NewRole(s.Construct, jsii.String("ApiGatewayLogsRole"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("apigateway.amazonaws.com"), nil),
		ManagedPolicies: &[]awsiam.IManagedPolicy{
			awsiam.ManagedPolicy_FromAwsManagedPolicyName(jsii.String("service-role/AmazonAPIGatewayPushToCloudWatchLogs")),
		},
	})
	role.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE)
	account := awsapigateway.NewCfnAccount(s.Construct, jsii.String("ApiGatewayAccount"), &awsapigateway.CfnAccountProps{CloudWatchRoleArn: role.RoleArn()})
	account.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE, nil)
	stage.AddResourceDependency(account, nil)
}

// addDomain maps the root of a name of one's own to the stage. The functions go on to use the API's own name.
func (s *Signaling) addDomain() {
	d := s.props.Domain
	domain := awsapigatewayv2.NewDomainName(s.Construct, jsii.String("DomainName"), &awsapigatewayv2.DomainNameProps{
		DomainName:  &d.Name,
		Certificate: awscertificatemanager.Certificate_FromCertificateArn(s.Construct, jsii.String("Certificate"), &d.CertificateARN),
	})
	awsapigatewayv2.NewApiMapping(s.Construct, jsii.String("Mapping"), &awsapigatewayv2.ApiMappingProps{Api: s.API, DomainName: domain, Stage: s.Stage})
	s.URL = "wss://" + d.Name
	if d.HostedZoneID == "" {
		return
	}
	awsroute53.NewARecord(s.Construct, jsii.String("Record"), &awsroute53.ARecordProps{
		RecordName: &d.Name,
		Zone: awsroute53.HostedZone_FromHostedZoneAttributes(s.Construct, jsii.String("Zone"), &awsroute53.HostedZoneAttributes{
			HostedZoneId: &d.HostedZoneID, ZoneName: &d.ZoneName,
		}),
		Target: awsroute53.RecordTarget_FromAlias(awsroute53targets.NewApiGatewayv2DomainProperties(
			domain.RegionalDomainName(), domain.RegionalHostedZoneId())),
	})
}
