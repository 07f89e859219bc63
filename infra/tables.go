package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// table is one on demand whose items end by themselves. What is in it is worth nothing after two hours.
func table(scope constructs.Construct, id string, retain bool, partition, sort string) awsdynamodb.Table {
	props := &awsdynamodb.TableProps{
		BillingMode:         awsdynamodb.BillingMode_PAY_PER_REQUEST,
		PartitionKey:        attribute(partition),
		TimeToLiveAttribute: jsii.String("expires"),
		RemovalPolicy:       awscdk.RemovalPolicy_DESTROY,
	}
	if sort != "" {
		props.SortKey = attribute(sort)
	}
	if retain {
		props.RemovalPolicy = awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE // not if the first deployment fails
	}
	return awsdynamodb.NewTable(scope, &id, props)
}

func attribute(name string) *awsdynamodb.Attribute {
	return &awsdynamodb.Attribute{Name: &name, Type: awsdynamodb.AttributeType_STRING}
}
