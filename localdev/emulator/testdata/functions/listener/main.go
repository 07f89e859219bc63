// Command listener takes batches of a DynamoDB stream. It notes each event that it gets, and fails once at an item that
// says so: "fail" fails the batch, "report" is reported as a failure.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type event struct {
	Records []struct {
		DynamoDB struct {
			SequenceNumber string
			NewImage       struct{ Do struct{ S string } }
		} `json:"dynamodb"`
	}
}

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	db := dynamodb.NewFromConfig(cfg)
	failed := map[string]bool{}
	n := 0
	lambda.Start(func(ctx context.Context, raw json.RawMessage) (any, error) {
		n++
		_, err := db.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: aws.String(os.Getenv("NOTES_TABLE")),
			Item: map[string]types.AttributeValue{
				"request": &types.AttributeValueMemberS{Value: fmt.Sprintf("%03d", n)},
				"event":   &types.AttributeValueMemberS{Value: string(raw)},
			},
		})
		if err != nil {
			return nil, err
		}
		var e event
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, err
		}
		failures := []map[string]string{}
		for _, r := range e.Records {
			do := r.DynamoDB.NewImage.Do.S
			if do == "" || failed[r.DynamoDB.SequenceNumber] {
				continue
			}
			failed[r.DynamoDB.SequenceNumber] = true
			if do == "fail" {
				return nil, fmt.Errorf("as asked")
			}
			failures = append(failures, map[string]string{"itemIdentifier": r.DynamoDB.SequenceNumber})
		}
		return map[string]any{"batchItemFailures": failures}, nil
	})
}
