// Package service reaches a running service from behind, with its operator's rights: its tables, its connections, its logs.
package service

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/parley-rtc/parley/cmd/parley/internal/local"
)

// Service is one.
type Service struct {
	aws         aws.Config
	db          *dynamodb.Client
	api         *apigatewaymanagementapi.Client
	logs        *cloudwatchlogs.Client
	rooms       string   // table
	connections string   // table
	logGroups   []string // of its functions
}

// ErrNowhere says that neither a stack nor a localdev was named.
var ErrNowhere = errors.New("where is it? Pass --stack NAME for one on AWS, or --local http://127.0.0.1:3000 for localdev")

// Open finds a service by the name of its stack, with the AWS settings of the environment, or by the address of a localdev.
func Open(ctx context.Context, stack, localdev string) (*Service, error) {
	switch {
	case (stack == "") == (localdev == ""):
		return nil, ErrNowhere
	case localdev != "":
		return inLocaldev(ctx, localdev)
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("AWS settings: %w", err)
	}
	return inStack(ctx, cfg, stack)
}

func inStack(ctx context.Context, cfg aws.Config, stack string) (*Service, error) {
	out, err := cloudformation.NewFromConfig(cfg).DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{StackName: &stack})
	if err != nil {
		return nil, fmt.Errorf("the stack %s: %w", stack, err)
	}
	s := &Service{aws: cfg, db: dynamodb.NewFromConfig(cfg), logs: cloudwatchlogs.NewFromConfig(cfg)}
	api, stage := "", ""
	for _, r := range out.StackResources {
		logical, physical := aws.ToString(r.LogicalResourceId), aws.ToString(r.PhysicalResourceId)
		switch aws.ToString(r.ResourceType) {
		case "AWS::DynamoDB::Table":
			switch {
			case strings.Contains(logical, "RoomsTable"):
				s.rooms = physical
			case strings.Contains(logical, "ConnectionsTable"):
				s.connections = physical
			}
		case "AWS::ApiGatewayV2::Api":
			api = physical
		case "AWS::ApiGatewayV2::Stage":
			stage = physical
		case "AWS::Logs::LogGroup":
			if !strings.Contains(logical, "AccessLog") {
				s.logGroups = append(s.logGroups, physical)
			}
		}
	}
	if s.rooms == "" || s.connections == "" || api == "" || stage == "" {
		return nil, fmt.Errorf("the stack %s has no tables of rooms and connections, API or stage: is it a Parley?", stack)
	}
	endpoint := fmt.Sprintf("https://%s.execute-api.%s.amazonaws.com/%s", api, cfg.Region, stage)
	s.api = apigatewaymanagementapi.NewFromConfig(cfg, func(o *apigatewaymanagementapi.Options) { o.BaseEndpoint = &endpoint })
	return s, nil
}

func inLocaldev(ctx context.Context, address string) (*Service, error) {
	l := local.Find(ctx, address)
	if l == nil {
		return nil, fmt.Errorf("no localdev answers at %s", address)
	}
	stage, rooms, connections, err := l.Layout(ctx)
	if err != nil {
		return nil, err
	}
	cfg := aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("parley", "parley", "")}
	base := l.Address()
	return &Service{
		db:    dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { o.BaseEndpoint = &base }),
		api:   apigatewaymanagementapi.NewFromConfig(cfg, func(o *apigatewaymanagementapi.Options) { o.BaseEndpoint = &stage }),
		rooms: rooms, connections: connections,
	}, nil
}
