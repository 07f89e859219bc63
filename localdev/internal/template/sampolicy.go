package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// samPolicies are the policy templates of SAM that grant something at the services that localdev
// has. Each line is one statement: the resources, as they follow on the account in an ARN, and the
// actions. {X} is a parameter.
var samPolicies = map[string]string{
	"DynamoDBCrudPolicy": "dynamodb table/{TableName} table/{TableName}/index/*: " +
		"GetItem DeleteItem PutItem Scan Query UpdateItem BatchWriteItem BatchGetItem DescribeTable ConditionCheckItem",
	"DynamoDBReadPolicy":        "dynamodb table/{TableName} table/{TableName}/index/*: GetItem Scan Query BatchGetItem DescribeTable",
	"DynamoDBWritePolicy":       "dynamodb table/{TableName} table/{TableName}/index/*: PutItem UpdateItem BatchWriteItem",
	"DynamoDBReconfigurePolicy": "dynamodb table/{TableName}: UpdateTable",
	"DynamoDBStreamReadPolicy": "dynamodb table/{TableName}/stream/{StreamName}: DescribeStream GetRecords GetShardIterator\n" +
		"dynamodb table/{TableName}/stream/*: ListStreams",
	"DynamoDBBackupFullAccessPolicy": "dynamodb table/{TableName}: CreateBackup DescribeContinuousBackups\n" +
		"dynamodb table/{TableName}/backup/*: DeleteBackup DescribeBackup ListBackups",
	"DynamoDBRestoreFromBackupPolicy": "dynamodb table/{TableName}/backup/*: RestoreTableFromBackup\n" +
		"dynamodb table/{TableName}: PutItem UpdateItem DeleteItem GetItem Query Scan BatchWriteItem",
	"LambdaInvokePolicy": "lambda function:{FunctionName}*: InvokeFunction",
}

// samElsewhere begin the names of policy templates that grant nothing at the services that localdev
// has.
var samElsewhere = strings.Fields(`AMI AWSSecretsManager Acm Athena CloudFormation CloudWatch CodeCommit CodePipeline Comprehend
	CostExplorer EC2 EKS Elasticsearch EventBridge FilterLogEvents Firehose KMS Kinesis MobileAnalytics Organizations Pinpoint Polly
	Rekognition Route53 S3 SES SNS SQS SSM Serverless StepFunctions Textract VPC`)

// samPolicy adds what SAM makes of one of its policy templates: a name and its parameters.
func (s *scope) samPolicy(e entry, role *Role) error {
	lines, known := samPolicies[e.key]
	if !known {
		for _, prefix := range samElsewhere {
			if strings.HasPrefix(e.key, prefix) {
				return nil
			}
		}
		return fmt.Errorf("localdev knows no policy template %s of SAM's", e.key)
	}
	var replace []string
	for _, p := range e.value.allEntries() {
		replace = append(replace, "{"+p.key+"}", p.value.text)
	}
	type statement struct {
		Effect           string
		Action, Resource []string
	}
	var document struct{ Statement []statement }
	for line := range strings.Lines(lines) {
		resources, actions, _ := strings.Cut(line, ": ")
		words := strings.Fields(resources)
		one := statement{Effect: "Allow"}
		for _, action := range strings.Fields(actions) {
			one.Action = append(one.Action, words[0]+":"+action)
		}
		for _, resource := range words[1:] {
			arn := s.arn(words[0], strings.NewReplacer(replace...).Replace(resource))
			if strings.Contains(strings.ReplaceAll(arn, onlyOnAWS, ""), "{") {
				return errors.New("a parameter of its policy template " + e.key + " is missing")
			}
			one.Resource = append(one.Resource, arn)
		}
		document.Statement = append(document.Statement, one)
	}
	b, err := json.Marshal(document)
	role.Policies = append(role.Policies, b)
	return err
}
