// Command gate is $connect and $disconnect of the test API: it keeps each event in a table and does what the query says.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type event struct {
	Headers map[string]string `json:"headers"`
	Query   map[string]string `json:"queryStringParameters"`
	Context struct {
		EventType    string `json:"eventType"`
		ConnectionID string `json:"connectionId"`
	} `json:"requestContext"`
}

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	db := dynamodb.NewFromConfig(cfg)
	api := apigatewaymanagementapi.NewFromConfig(cfg)
	lambda.Start(func(ctx context.Context, raw json.RawMessage) (any, error) {
		var e event
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, err
		}
		_, err := db.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: aws.String(os.Getenv("EVENTS_TABLE")),
			Item: map[string]types.AttributeValue{
				"connection": &types.AttributeValueMemberS{Value: e.Context.ConnectionID},
				"kind":       &types.AttributeValueMemberS{Value: e.Context.EventType},
				"event":      &types.AttributeValueMemberS{Value: string(raw)},
			},
		})
		if err != nil {
			return nil, err
		}
		answer := map[string]any{"statusCode": 200}
		if e.Context.EventType == "DISCONNECT" {
			return answer, nil
		}
		if status, err := strconv.Atoi(e.Query["status"]); err == nil {
			answer["statusCode"] = status
		}
		switch e.Query["do"] {
		case "exit":
			os.Exit(3)
		case "panic":
			panic("as asked")
		case "error":
			return nil, fmt.Errorf("as asked")
		case "string":
			return "no status code", nil
		case "sleep":
			time.Sleep(10 * time.Second)
		case "post": // to oneself, before the socket is open
			_, err := api.PostToConnection(ctx, &apigatewaymanagementapi.PostToConnectionInput{
				ConnectionId: aws.String(e.Context.ConnectionID), Data: []byte("early")})
			if err == nil || !strings.Contains(err.Error(), "GoneException") {
				answer["statusCode"] = 500
			}
		}
		if protocol := e.Query["protocol"]; protocol != "" {
			answer["headers"] = map[string]string{"sec-websocket-protocol": protocol}
		}
		return answer, nil
	})
}
