// Command actor handles the messages of the test API: it does what a message asks for.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
)

type event struct {
	Context struct {
		ConnectionID string `json:"connectionId"`
	} `json:"requestContext"`
	Body string `json:"body"`
}

// order is what a message asks for.
type order struct {
	Do     string `json:"do"`
	To     string `json:"to"`     // connection, the sender's own if empty
	Data   string `json:"data"`   // to be posted or returned
	Ms     int    `json:"ms"`     // to sleep
	Until  string `json:"until"`  // file to wait for, before it is done or, if it counts, afterwards
	Status int    `json:"status"` // to return
}

// await waits until a file is there.
func await(file string) {
	for file != "" {
		if _, err := os.Stat(file); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func main() {
	if os.Getenv("COLOUR") == "crash-at-init" {
		fmt.Fprintln(os.Stderr, "cannot start")
		os.Exit(7)
	}
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	api := apigatewaymanagementapi.NewFromConfig(cfg)
	count := 0
	lambda.Start(func(ctx context.Context, raw json.RawMessage) (any, error) {
		count++
		var e event
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, err
		}
		o := order{To: e.Context.ConnectionID, Status: 200}
		_ = json.Unmarshal([]byte(e.Body), &o) // anything else is an empty order
		post := func(data []byte) error {
			_, err := api.PostToConnection(ctx, &apigatewaymanagementapi.PostToConnectionInput{ConnectionId: aws.String(o.To), Data: data})
			return err
		}
		time.Sleep(time.Duration(o.Ms) * time.Millisecond)
		if o.Do != "count" {
			await(o.Until)
		}
		switch o.Do {
		case "post":
			if err := post([]byte(o.Data)); err != nil {
				return nil, err
			}
		case "event":
			if err := post(raw); err != nil {
				return nil, err
			}
		case "environment":
			env, err := json.Marshal(os.Environ())
			if err != nil {
				return nil, err
			}
			if err := post(env); err != nil {
				return nil, err
			}
		case "count":
			if err := post(fmt.Appendf(nil, "%d of %d", count, os.Getpid())); err != nil {
				return nil, err
			}
			await(o.Until)
		case "afterwards": // what a function must not do: go on when it has answered
			ctx = context.WithoutCancel(ctx)
			go func() {
				time.Sleep(100 * time.Millisecond)
				_ = post([]byte(o.Data))
			}()
		case "log":
			fmt.Println(o.Data)
		case "client":
			if lc, ok := lambdacontext.FromContext(ctx); ok {
				o.Data = lc.ClientContext.Custom["colour"]
			}
		case "exit":
			os.Exit(1)
		case "panic":
			panic(o.Data)
		case "error":
			return nil, fmt.Errorf("%s", o.Data)
		case "nothing":
			return nil, nil
		case "answer":
			return json.RawMessage(o.Data), nil
		}
		return map[string]any{"statusCode": o.Status, "body": o.Data}, nil
	})
}
