package iam

import "strings"

// managed are AWS's own policies, by name: what they grant at the services that localdev has. Those that grant nothing
// there are here too, as what an unknown one grants cannot be told.
var managed = map[string]string{
	"AdministratorAccess":                                   `{"Effect": "Allow", "Action": "*", "Resource": "*"}`,
	"PowerUserAccess":                                       `{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"}`,
	"AmazonDynamoDBFullAccess":                              `{"Effect": "Allow", "Action": ["dynamodb:*", "dax:*"], "Resource": "*"}`,
	"AmazonDynamoDBFullAccess_v2":                           `{"Effect": "Allow", "Action": ["dynamodb:*", "dax:*"], "Resource": "*"}`,
	"AmazonDynamoDBReadOnlyAccess":                          dynamoDBRead,
	"ReadOnlyAccess":                                        dynamoDBRead,
	"AmazonAPIGatewayInvokeFullAccess":                      `{"Effect": "Allow", "Action": ["execute-api:Invoke", "execute-api:ManageConnections"], "Resource": "arn:*:execute-api:*:*:*"}`,
	"AWSLambda_FullAccess":                                  `{"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}`,
	"AWSLambdaRole":                                         `{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}`,
	"AWSLambdaInvocation-DynamoDB":                          `[{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}, ` + streamRead + `]`,
	"AWSLambdaDynamoDBExecutionRole":                        streamRead,
	"AWSLambdaBasicExecutionRole":                           "",
	"AWSLambdaENIManagementAccess":                          "",
	"AWSLambdaKinesisExecutionRole":                         "",
	"AWSLambdaMSKExecutionRole":                             "",
	"AWSLambdaSQSQueueExecutionRole":                        "",
	"AWSLambdaVPCAccessExecutionRole":                       "",
	"AWSLambda_ReadOnlyAccess":                              "",
	"AWSXRayDaemonWriteAccess":                              "",
	"AWSXrayWriteOnlyAccess":                                "",
	"AmazonAPIGatewayAdministrator":                         "",
	"AmazonAPIGatewayPushToCloudWatchLogs":                  "",
	"AmazonEventBridgeFullAccess":                           "",
	"AmazonKinesisFullAccess":                               "",
	"AmazonKinesisReadOnlyAccess":                           "",
	"AmazonS3FullAccess":                                    "",
	"AmazonS3ReadOnlyAccess":                                "",
	"AmazonSESFullAccess":                                   "",
	"AmazonSNSFullAccess":                                   "",
	"AmazonSQSFullAccess":                                   "",
	"AmazonSSMFullAccess":                                   "",
	"AmazonSSMReadOnlyAccess":                               "",
	"CloudWatchLambdaApplicationSignalsExecutionRolePolicy": "",
	"CloudWatchLambdaInsightsExecutionRolePolicy":           "",
	"CloudWatchLogsFullAccess":                              "",
}

const (
	dynamoDBRead = `{"Effect": "Allow", "Action": ["dynamodb:BatchGetItem", "dynamodb:Describe*", "dynamodb:GetItem", "dynamodb:List*", ` +
		`"dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan"], "Resource": "*"}`
	streamRead = `{"Effect": "Allow", "Action": ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", ` +
		`"dynamodb:ListStreams"], "Resource": "*"}`
)

// Managed returns what the policy of AWS's with that ARN or name grants at the services that localdev has; not known is
// one that nobody here has heard of.
func Managed(arn string) (p Policy, known bool) {
	statements, known := managed[arn[strings.LastIndex(arn, "/")+1:]]
	p, _ = Statements([]byte(statements)) // a test reads them all
	return p, known
}
