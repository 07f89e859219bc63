package infra

import (
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// grant is what a function may do to one kind of resource.
type grant struct {
	actions   []string
	resources []string
}

// function makes a function with a role and a log group of its own. The role has no managed policy: those allow more.
func (s *Signaling) function(scope constructs.Construct, id, folder string, env map[string]string, grants ...grant) awslambda.Function {
	logs := awslogs.NewLogGroup(scope, jsii.String(id+"Logs"), &awslogs.LogGroupProps{
		Retention: retention(s.props.LogDays), RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	role := awsiam.NewRole(scope, jsii.String(id+"Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
	})
	allow(role, grant{[]string{"logs:CreateLogStream", "logs:PutLogEvents"}, []string{*logs.LogGroupArn()}})
	for _, g := range grants {
		allow(role, g)
	}
	variables := map[string]*string{}
	for name, value := range env {
		if value != "" {
			variables[name] = jsii.String(value)
		}
	}
	var reserved *float64
	if s.props.ReservedConcurrency > 0 {
		reserved = jsii.Number(s.props.ReservedConcurrency)
	}
	f := awslambda.NewFunction(scope, jsii.String(id), &awslambda.FunctionProps{
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture: awslambda.Architecture_ARM_64(),
		Handler:      jsii.String("bootstrap"),
		Code:         awslambda.Code_FromAsset(jsii.String(filepath.Join(s.props.Assets, folder)), nil),
		MemorySize:   jsii.Number(s.props.MemoryMB),
		Timeout:      awscdk.Duration_Seconds(jsii.Number(timeout(folder))),
		Environment:  &variables,
		Role:         role,
		LogGroup:     logs,
		// START, END and REPORT of each event would be half of what is logged, and logs are what costs most after messages.
		LoggingFormat:         awslambda.LoggingFormat_JSON,
		SystemLogLevelV2:      awslambda.SystemLogLevel_WARN,
		ApplicationLogLevelV2: awslambda.ApplicationLogLevel_DEBUG, // LOG_LEVEL decides
		Tracing:               tracing(s.props.XRay),

		ReservedConcurrentExecutions: reserved,
	})
	if s.props.XRay {
		allow(role, grant{[]string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"}, []string{"*"}})
	}
	resource := f.Node().DefaultChild().(awscdk.CfnResource)
	// localdev builds the package for the machine it runs on, in place of the binary for Lambda.
	resource.AddMetadata(jsii.String("GoPackage"), module+"functions/"+folder)
	if folder != "connect" {
		resource.AddMetadata(jsii.String("BesideJSON"), jsii.Strings(s.props.Recipes))
	}
	// The CDK always makes a function depend on its role, which cfn-lint thinks too much.
	resource.AddMetadata(jsii.String("cfn-lint"), map[string]any{"config": map[string]any{"ignore_checks": []string{"W3005"}}})
	return f
}

// timeout is in seconds. functions/disconnect may wait for six of them, for a client of Socket.IO that
// has lost its socket to come back, before it tells the others; it starts before that and works after.
func timeout(folder string) float64 {
	if folder == "disconnect" {
		return 15
	}
	return 10
}

func allow(role awsiam.Role, g grant) {
	role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings(g.actions...), Resources: jsii.Strings(g.resources...),
	}))
}

func tracing(on bool) awslambda.Tracing {
	if on {
		return awslambda.Tracing_ACTIVE
	}
	return awslambda.Tracing_DISABLED
}

// retention is the shortest that CloudWatch offers and that is not shorter than asked for.
func retention(days int) awslogs.RetentionDays {
	for _, r := range []struct {
		days  int
		value awslogs.RetentionDays
	}{
		{1, awslogs.RetentionDays_ONE_DAY},
		{3, awslogs.RetentionDays_THREE_DAYS},
		{5, awslogs.RetentionDays_FIVE_DAYS},
		{7, awslogs.RetentionDays_ONE_WEEK},
		{14, awslogs.RetentionDays_TWO_WEEKS},
		{30, awslogs.RetentionDays_ONE_MONTH},
		{60, awslogs.RetentionDays_TWO_MONTHS},
		{90, awslogs.RetentionDays_THREE_MONTHS},
		{180, awslogs.RetentionDays_SIX_MONTHS},
		{365, awslogs.RetentionDays_ONE_YEAR},
		{1827, awslogs.RetentionDays_FIVE_YEARS},
		{3653, awslogs.RetentionDays_TEN_YEARS},
	} {
		if days <= r.days {
			return r.value
		}
	}
	return awslogs.RetentionDays_INFINITE
}
